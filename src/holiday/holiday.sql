-- holiday: the public holidays of countries.

-- Not STRICT: NULL, the default, stands for all countries.
CREATE FUNCTION @extschema@.public_holidays(country_code text DEFAULT NULL)
RETURNS TABLE (country text, date date, name text)
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000 ROWS 500
AS 'MODULE_PATHNAME', 'biml_public_holidays';
COMMENT ON FUNCTION @extschema@.public_holidays(text) IS
'The public holidays of a country (ISO 3166-1 code of two letters, either case), or of all shipped countries for NULL, 2000 to 2040, by date and name: days off that hold in the whole country, with substitute days; GB stands for England and Wales. Errors: 22023 a country that is not shipped.';

CREATE VIEW @extschema@.public_holiday AS
SELECT h.country, h.date, h.name FROM @extschema@.public_holidays() AS h;
COMMENT ON VIEW @extschema@.public_holiday IS
'Public holidays of the shipped countries, 2000 to 2040: country (ISO 3166-1 code of two letters), date, name. Reference data, not to be edited: events of your own go into the warehouse''s table holiday or the argument holidays.';
GRANT SELECT ON @extschema@.public_holiday TO PUBLIC;
