-- Reference tables of a warehouse: countries with their ISO codes, public holidays. Seeded, then the owner's.

CREATE FUNCTION @extschema@.warehouse_create_reference(home_country text) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('create');

    CREATE TABLE holiday (
        country text NOT NULL,
        date date NOT NULL,
        name text NOT NULL,
        PRIMARY KEY (country, date, name)
    );
    COMMENT ON TABLE holiday IS
        'Days on which the shop is closed or trade is unusual, by ISO country code; those of the setting country count. Seeded with the public holidays of the shop''s own country; add events of your own, and holidays of other countries from public_holiday.';
    INSERT INTO holiday SELECT h.country, h.date, h.name FROM @extschema@.public_holidays(home_country) AS h;
    INSERT INTO setting VALUES ('country', home_country, 'ISO code of the shop''s own country, for its holidays'),
        ('currency', 'GBP', 'ISO code of the currency of all amounts, for the page of dashboard_html');

    CREATE TABLE country (
        country text COLLATE "C" PRIMARY KEY,
        iso2 text, iso3 text, m49 smallint,
        country_name text NOT NULL,
        is_eu_2011 boolean NOT NULL,
        kind text NOT NULL CHECK (kind IN ('country', 'group_without_iso', 'supranational', 'unknown'))
    );
    COMMENT ON TABLE country IS
        'What a country label of the source means: ISO 3166-1 codes, UN M49, membership of the EU in 2011. Add labels of your own; each refresh brings dim_country up to date.';
    INSERT INTO country VALUES
        ('United Kingdom', 'GB', 'GBR', 826, 'United Kingdom', true, 'country'),
        ('Germany', 'DE', 'DEU', 276, 'Germany', true, 'country'),
        ('France', 'FR', 'FRA', 250, 'France', true, 'country'),
        ('EIRE', 'IE', 'IRL', 372, 'Ireland', true, 'country'),
        ('Spain', 'ES', 'ESP', 724, 'Spain', true, 'country'),
        ('Netherlands', 'NL', 'NLD', 528, 'Netherlands', true, 'country'),
        ('Belgium', 'BE', 'BEL', 56, 'Belgium', true, 'country'),
        ('Switzerland', 'CH', 'CHE', 756, 'Switzerland', false, 'country'),
        ('Portugal', 'PT', 'PRT', 620, 'Portugal', true, 'country'),
        ('Australia', 'AU', 'AUS', 36, 'Australia', false, 'country'),
        ('Norway', 'NO', 'NOR', 578, 'Norway', false, 'country'),
        ('Italy', 'IT', 'ITA', 380, 'Italy', true, 'country'),
        ('Channel Islands', NULL, NULL, 830, 'Channel Islands', false, 'group_without_iso'),
        ('Finland', 'FI', 'FIN', 246, 'Finland', true, 'country'),
        ('Cyprus', 'CY', 'CYP', 196, 'Cyprus', true, 'country'),
        ('Sweden', 'SE', 'SWE', 752, 'Sweden', true, 'country'),
        ('Unspecified', NULL, NULL, NULL, 'Unspecified', false, 'unknown'),
        ('Austria', 'AT', 'AUT', 40, 'Austria', true, 'country'),
        ('Denmark', 'DK', 'DNK', 208, 'Denmark', true, 'country'),
        ('Japan', 'JP', 'JPN', 392, 'Japan', false, 'country'),
        ('Poland', 'PL', 'POL', 616, 'Poland', true, 'country'),
        ('Israel', 'IL', 'ISR', 376, 'Israel', false, 'country'),
        ('USA', 'US', 'USA', 840, 'United States', false, 'country'),
        ('Hong Kong', 'HK', 'HKG', 344, 'Hong Kong', false, 'country'),
        ('Singapore', 'SG', 'SGP', 702, 'Singapore', false, 'country'),
        ('Iceland', 'IS', 'ISL', 352, 'Iceland', false, 'country'),
        ('Canada', 'CA', 'CAN', 124, 'Canada', false, 'country'),
        ('Greece', 'GR', 'GRC', 300, 'Greece', true, 'country'),
        ('Malta', 'MT', 'MLT', 470, 'Malta', true, 'country'),
        ('United Arab Emirates', 'AE', 'ARE', 784, 'United Arab Emirates', false, 'country'),
        ('European Community', NULL, NULL, NULL, 'European Community', false, 'supranational'),
        ('RSA', 'ZA', 'ZAF', 710, 'South Africa', false, 'country'),
        ('Lebanon', 'LB', 'LBN', 422, 'Lebanon', false, 'country'),
        ('Lithuania', 'LT', 'LTU', 440, 'Lithuania', true, 'country'),
        ('Brazil', 'BR', 'BRA', 76, 'Brazil', false, 'country'),
        ('Czech Republic', 'CZ', 'CZE', 203, 'Czechia', true, 'country'),
        ('Bahrain', 'BH', 'BHR', 48, 'Bahrain', false, 'country'),
        ('Saudi Arabia', 'SA', 'SAU', 682, 'Saudi Arabia', false, 'country');
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_create_reference(text) IS 'Step of warehouse_create: country codes, the shop''s own country and its public holidays, seeded.';
