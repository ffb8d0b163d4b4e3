SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS bi_ml;
\set SHOW_CONTEXT never
-- England and Wales in 2012, as published on gov.uk: the Spring holiday moved for the Diamond Jubilee.
SELECT * FROM public_holiday WHERE country = 'GB' AND date BETWEEN '2012-01-01' AND '2012-12-31' ORDER BY date, name;
-- The view and the function hold the same rows; every country of the real data and of the greatest economies is there.
SELECT (SELECT count(*) FROM public_holiday) = (SELECT sum(n) FROM (SELECT count(*) AS n FROM (SELECT DISTINCT country FROM public_holiday) AS c,
                                                                           public_holidays(c.country)) AS t) AS same_rows,
       (SELECT count(*) FROM public_holiday) = (SELECT count(DISTINCT (country, date, name)) FROM public_holiday) AS no_row_twice;
SELECT c AS missing FROM unnest(string_to_array('GB DE FR IE ES NL BE CH PT AU NO IT FI CY SE AT DK JP PL IL US HK SG IS CA GR MT AE ZA LB LT BR CZ BH SA '
    'CN IN RU MX KR ID TR TW AR TH', ' ')) AS c
WHERE NOT EXISTS (SELECT FROM public_holiday WHERE country = c);
SELECT extract(year FROM min(date)) AS first, extract(year FROM max(date)) AS last, min(length(country)) AS short, max(length(country)) AS long FROM public_holiday;
-- Movable feasts, of the Western and of the Orthodox churches.
SELECT country, date, name FROM public_holiday
WHERE (country = 'DE' AND name = 'Pentecost Monday' OR country = 'GR' AND name = 'Easter Monday') AND date BETWEEN '2024-01-01' AND '2025-12-31' ORDER BY country, date;
-- Either case; NULL is all; an unknown country is an error.
SELECT (SELECT count(*) FROM public_holidays('gb')) = (SELECT count(*) FROM public_holidays('GB')) AS either_case,
       (SELECT count(*) FROM public_holidays(NULL)) = (SELECT count(*) FROM public_holidays()) AS null_is_all;
SELECT * FROM public_holidays('UK');
SELECT * FROM public_holidays('');
-- Anybody may read the view, nobody may change it.
CREATE ROLE regress_holiday_reader;
SET ROLE regress_holiday_reader;
SELECT count(*) FROM public_holiday WHERE country = 'US' AND date = '2025-07-04';
RESET ROLE;
DROP ROLE regress_holiday_reader;
INSERT INTO public_holiday VALUES ('GB', '2030-01-02', 'Mine');

-- A warehouse has a table of its own, seeded for the shop's country, for its owner to edit.
CALL warehouse_create('wh_holiday', 'de');
SELECT value FROM wh_holiday.setting WHERE name = 'country';
SELECT array_agg(DISTINCT country) AS countries,
       (SELECT count(*) FROM (TABLE wh_holiday.holiday EXCEPT SELECT * FROM public_holidays('DE')) AS t) AS more,
       (SELECT count(*) FROM (SELECT * FROM public_holidays('DE') EXCEPT TABLE wh_holiday.holiday) AS t) AS fewer FROM wh_holiday.holiday;
INSERT INTO wh_holiday.holiday VALUES ('DE', '2025-02-27', 'Stocktaking');
INSERT INTO wh_holiday.holiday SELECT * FROM public_holidays('AT');
CALL warehouse_create('wh_holiday_not', 'UK');
CALL warehouse_create('wh_holiday_not', NULL);
SELECT count(*) FROM pg_namespace WHERE nspname = 'wh_holiday_not';
DROP SCHEMA wh_holiday CASCADE;
