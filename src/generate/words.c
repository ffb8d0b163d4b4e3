/*
 * words.c - made-up names of gift-shop goods, and what stock keepers write when no name is asked for.
 */
#include "generate/generate_internal.h"

#include <stdio.h>
#include <string.h>

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static const char *const packs[] = {"SET OF 2",   "SET OF 3", "SET OF 4",   "SET OF 6", "PACK OF 6",
                                    "PACK OF 12", "BOX OF 9", "PACK OF 20", "PAIR OF",  "ASSORTED"};

static const char *const patterns[] = {
    "ROSE GARDEN", "POLKA DOT",   "STARRY",      "WOODLAND", "PAISLEY",   "HARBOUR",      "DAISY CHAIN",
    "TEA TIME",    "CIRCUS",      "MEADOW",      "SWALLOW",  "GINGHAM",   "CANDY STRIPE", "OWL",
    "STRAWBERRY",  "VINTAGE MAP", "SEASIDE",     "CHERRY",   "BUTTERFLY", "COUNTRY FAIR", "RETRO",
    "LITTLE FOX",  "TULIP",       "CHEQUERED",   "MIDNIGHT", "FERN",      "CAROUSEL",     "BLUEBELL",
    "TOY SOLDIER", "APPLE",       "PATCHWORK",   "HEDGEROW", "FOLK ART",  "SPACE BOY",    "LAVENDER",
    "GRAND HOTEL", "POSTCARD",    "HUMMINGBIRD", "SAILOR",   "FAIRY GLEN"};

static const char *const materials[] = {"WOODEN", "TIN",   "GLASS",  "CERAMIC",  "ENAMEL", "METAL",
                                        "PAPER",  "FELT",  "COTTON", "WICKER",   "ZINC",   "CARDBOARD",
                                        "SILK",   "STONE", "RUBBER", "PORCELAIN"};

static const char *const objects[] = {"LUNCH BAG",      "CAKE STAND",    "LANTERN",        "MUG",
                                      "BUNTING",        "DOORMAT",       "NOTEBOOK",       "TEA TOWEL",
                                      "CUSHION COVER",  "PICTURE FRAME", "T-LIGHT HOLDER", "ALARM CLOCK",
                                      "STORAGE TIN",    "SHOPPER",       "HAND WARMER",    "TRINKET BOX",
                                      "NAPKINS",        "COAT HANGER",   "WALL CLOCK",     "BIRD HOUSE",
                                      "CUTLERY SET",    "RECIPE BOX",    "CHALKBOARD",     "DOOR STOP",
                                      "JIGSAW",         "UMBRELLA",      "WATER BOTTLE",   "PENCIL CASE",
                                      "MAGNETS",        "CANDLE",        "SOAP DISH",      "SEWING KIT",
                                      "PLANT POT",      "EGG CUP",       "SNACK BOX",      "TEAPOT",
                                      "PARTY CUPS",     "CAKE CASES",    "GIFT WRAP",      "TISSUE BOX",
                                      "STOOL",          "MIRROR",        "DRAWER KNOB",    "KEY RING",
                                      "BATH SPONGE",    "JUG",           "WREATH",         "PHOTO CUBE",
                                      "CHARM BRACELET", "TRAY",          "PLAYING CARDS",  "STICKERS",
                                      "SPINNING TOP",   "SKIPPING ROPE", "FELTCRAFT DOLL", "HOT WATER BOTTLE",
                                      "BISCUIT JAR",    "MOBILE",        "PIN CUSHION",    "MONEY BOX"};

static const char *const christmas_objects[] = {
    "STOCKING", "BAUBLE",   "TREE DECORATION", "ADVENT CALENDAR", "GARLAND", "GIFT TAGS",
    "CRACKERS", "REINDEER", "SNOWMAN",         "CANDLE RING",     "ANGEL",   "CRAFT KIT"};

static const char *const colours[] = {"RED",  "BLUE", "PINK",  "GREEN",  "IVORY", "BLACK", "WHITE",
                                      "GREY", "GOLD", "CREAM", "SILVER", "PEARL", "TEAL",  "OCHRE"};

static const char *const write_offs[] = {"check",
                                         "damages",
                                         "damaged",
                                         "?",
                                         "thrown away",
                                         "wet",
                                         "missing",
                                         "smashed",
                                         "??",
                                         "sold as set",
                                         "faulty",
                                         "mouldy",
                                         "CHECK",
                                         "counted",
                                         "adjustment",
                                         "lost",
                                         "rusty",
                                         "stock check",
                                         "crushed",
                                         "wrong code",
                                         "Damaged",
                                         "samples",
                                         "Unsaleable, destroyed",
                                         "given away"};

static const char *const found[] = {"found",  "check",       "adjustment", "Found",
                                    "amazon", "stock count", "returned"};

static const char *
pick(Rng *rng, const char *const *list, size_t n)
{
    return list[rng_below(rng, n)];
}

#define PICK(rng, list) pick((rng), (list), COUNT(list))

void
words_compose(Rng *rng, bool is_christmas, char name[PRODUCT_NAME_SIZE])
{
    const char *pattern = is_christmas ? "CHRISTMAS" : PICK(rng, patterns);
    const char *object = is_christmas ? PICK(rng, christmas_objects) : PICK(rng, objects);
    const char *material = PICK(rng, materials);

    switch (rng_below(rng, 5)) {
    case 0:
        snprintf(name, PRODUCT_NAME_SIZE, "%s %s %s", PICK(rng, packs), pattern, object);
        break;
    case 1:
        snprintf(name, PRODUCT_NAME_SIZE, "%s %s %s", pattern, material, object);
        break;
    case 2:
        snprintf(name, PRODUCT_NAME_SIZE, "%s, %s %s", object, pattern, material);
        break;
    case 3:
        snprintf(name, PRODUCT_NAME_SIZE, "%s %s %s", PICK(rng, colours), pattern, object);
        break;
    default:
        snprintf(name, PRODUCT_NAME_SIZE, "%s %s", pattern, object);
    }
}

const char *
words_colour(uint32_t i)
{
    return colours[i % COUNT(colours)];
}

const char *
words_write_off(Rng *rng)
{
    /* The first of the list are by far the commonest. */
    return rng_below(rng, 2) == 0 ? write_offs[rng_below(rng, 4)] : PICK(rng, write_offs);
}

const char *
words_stock_found(Rng *rng)
{
    return PICK(rng, found);
}
