-- Reference tables of a warehouse: countries with their ISO codes, public holidays. Seeded, then the owner's.

CREATE FUNCTION @extschema@.easter_sunday(year int) RETURNS date
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    -- Meeus, "Astronomical Algorithms", chapter 8 (the anonymous Gregorian computus).
    WITH a AS (SELECT year % 19 AS g, year / 100 AS c, year % 100 AS y),
         b AS (SELECT g, c, y, (19 * g + c - c / 4 - (c - (c + 8) / 25 + 1) / 3 + 15) % 30 AS h FROM a),
         l AS (SELECT g, h, (32 + 2 * (c % 4) + 2 * (y / 4) - h - y % 4) % 7 AS l FROM b),
         m AS (SELECT h + l - 7 * ((g + 11 * h + 22 * l) / 451) + 114 AS n FROM l)
    SELECT make_date(year, n / 31, n % 31 + 1) FROM m
$$;
COMMENT ON FUNCTION @extschema@.easter_sunday(int) IS 'Easter Sunday of a year of the Gregorian calendar (1583 and later).';

CREATE FUNCTION @extschema@.uk_bank_holidays(first_year int, last_year int, OUT date date, OUT name text) RETURNS SETOF record
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE ROWS 300 SET search_path = pg_catalog, pg_temp AS $$
    WITH years AS (SELECT y FROM generate_series(first_year, last_year) AS y),
    -- The first Monday on or after a date, and the substitute day of a holiday that falls on a weekend.
    ruled AS (
        SELECT y, make_date(y, 1, 1) + CASE extract(isodow FROM make_date(y, 1, 1)) WHEN 6 THEN 2 WHEN 7 THEN 1 ELSE 0 END AS d, 'New Year''s Day' AS n FROM years
        UNION ALL SELECT y, @extschema@.easter_sunday(y) - 2, 'Good Friday' FROM years
        UNION ALL SELECT y, @extschema@.easter_sunday(y) + 1, 'Easter Monday' FROM years
        UNION ALL SELECT y, CASE WHEN y = 2020 THEN make_date(y, 5, 8)
                                 ELSE make_date(y, 5, 1) + (8 - extract(isodow FROM make_date(y, 5, 1))::int) % 7 END, 'Early May bank holiday' FROM years
        UNION ALL SELECT y, CASE y WHEN 2012 THEN make_date(y, 6, 4) WHEN 2022 THEN make_date(y, 6, 2)
                                   ELSE make_date(y, 5, 25) + (8 - extract(isodow FROM make_date(y, 5, 25))::int) % 7 END, 'Spring bank holiday' FROM years
        UNION ALL SELECT y, make_date(y, 8, 25) + (8 - extract(isodow FROM make_date(y, 8, 25))::int) % 7, 'Summer bank holiday' FROM years
        UNION ALL SELECT y, make_date(y, 12, 25) + CASE extract(isodow FROM make_date(y, 12, 25)) WHEN 6 THEN 2 WHEN 7 THEN 2 ELSE 0 END, 'Christmas Day' FROM years
        UNION ALL SELECT y, make_date(y, 12, 26) + CASE extract(isodow FROM make_date(y, 12, 26)) WHEN 6 THEN 2 WHEN 7 THEN 2 ELSE 0 END, 'Boxing Day' FROM years
        UNION ALL SELECT extract(year FROM v.d)::int, v.d, v.n
        FROM (VALUES (date '2011-04-29', 'Royal wedding'), ('2012-06-05', 'Diamond Jubilee'), ('2022-06-03', 'Platinum Jubilee'),
                     ('2022-09-19', 'State funeral'), ('2023-05-08', 'Coronation')) AS v (d, n)
        WHERE extract(year FROM v.d) BETWEEN first_year AND last_year
    )
    SELECT d, n FROM ruled ORDER BY d
$$;
COMMENT ON FUNCTION @extschema@.uk_bank_holidays(int, int) IS
'Bank holidays of England and Wales of the given years by rule (1978 and later), with substitute days and the one-off holidays since 2011.';

CREATE FUNCTION @extschema@.warehouse_create_reference() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('create');

    CREATE TABLE holiday (
        country text NOT NULL,
        date date NOT NULL,
        name text NOT NULL,
        PRIMARY KEY (country, date, name)
    );
    COMMENT ON TABLE holiday IS 'Public holidays and the owner''s own events, by ISO country code; seeded with the bank holidays of England and Wales.';
    INSERT INTO holiday SELECT 'GB', date, name FROM @extschema@.uk_bank_holidays(2000, 2040);

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
COMMENT ON FUNCTION @extschema@.warehouse_create_reference() IS 'Step of warehouse_create: country codes and public holidays, seeded.';
