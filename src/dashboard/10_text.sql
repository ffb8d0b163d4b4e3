-- dashboard: one HTML page with the answers of a warehouse. This part: text for the page.
--
-- All source is ASCII, other characters are numeric references: the page is the same in any encoding of the database.
-- What these functions return is HTML, ready to be put between tags or into a quoted attribute.

CREATE FUNCTION @extschema@.dashboard_escape(content text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    -- Control characters and the two code points that XML forbids; the marks that turn the direction of writing.
    SELECT coalesce(regexp_replace(
        replace(replace(replace(replace(replace(content, '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '"', '&quot;'), '''', '&#39;'),
        '[\x01-\x08\x0B\x0C\x0E-\x1F\x7F\u202A-\u202E\u2066-\u2069\uFFFE\uFFFF]', '&#65533;', 'g'), '');
END;
COMMENT ON FUNCTION @extschema@.dashboard_escape(text) IS
'Text for HTML and XML: & < > " and '' as references, characters that XML forbids or that turn the direction of writing as the replacement character. NULL: empty.';

CREATE FUNCTION @extschema@.dashboard_number(value numeric, decimals int DEFAULT 0, sign text DEFAULT '') RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE WHEN value IS NULL THEN '&#8211;'
                ELSE CASE WHEN round(value, decimals) < 0 THEN '&#8722;' ELSE '' END || sign
                     || to_char(abs(round(value, decimals)), 'FM999,999,999,999,999,999,999,990' || CASE WHEN decimals > 0 THEN '.' || repeat('0', decimals) ELSE '' END)
           END;
END;
COMMENT ON FUNCTION @extschema@.dashboard_number(numeric, int, text) IS
'A number with that many decimals, thousands apart, after an optional sign of currency (HTML). NULL: a dash.';

CREATE FUNCTION @extschema@.dashboard_share(fraction float8, decimals int DEFAULT 1) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE WHEN fraction IS NULL THEN '&#8211;' ELSE @extschema@.dashboard_number(100 * fraction::numeric, decimals) || '%' END;
END;
COMMENT ON FUNCTION @extschema@.dashboard_share(float8, int) IS 'A fraction in percent. NULL: a dash.';

CREATE FUNCTION @extschema@.dashboard_change(fraction float8) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE WHEN fraction IS NULL THEN '<span class="flat">&#8211;</span>'
                WHEN abs(fraction) < 0.0005 THEN '<span class="flat">0.0%</span>'
                WHEN fraction > 0 THEN '<span class="up">&#9650;&#160;+' || @extschema@.dashboard_share(fraction) || '</span>'
                ELSE '<span class="down">&#9660;&#160;' || @extschema@.dashboard_share(fraction) || '</span>' END;
END;
COMMENT ON FUNCTION @extschema@.dashboard_change(float8) IS 'A change, a fraction, with arrow, sign and colour. NULL: a dash.';

CREATE FUNCTION @extschema@.dashboard_change_words(fraction float8) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE WHEN fraction IS NULL THEN NULL
                WHEN abs(fraction) < 0.0005 THEN 'level with'
                ELSE @extschema@.dashboard_share(abs(fraction)) || CASE WHEN fraction > 0 THEN ' above' ELSE ' below' END END;
END;
COMMENT ON FUNCTION @extschema@.dashboard_change_words(float8) IS 'A change in words: "12.3% above", "4.0% below", "level with". NULL: NULL.';

CREATE FUNCTION @extschema@.dashboard_date(day date) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT coalesce(to_char(day::timestamp, 'FMDD Mon YYYY'), '&#8211;');
END;
COMMENT ON FUNCTION @extschema@.dashboard_date(date) IS 'A day such as 9 Dec 2011. NULL: a dash.';

CREATE FUNCTION @extschema@.dashboard_count(n numeric, one text, more text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT @extschema@.dashboard_number(n) || ' ' || CASE WHEN n = 1 THEN one ELSE more END;
END;
COMMENT ON FUNCTION @extschema@.dashboard_count(numeric, text, text) IS 'A number with its noun in the singular or the plural.';

CREATE FUNCTION @extschema@.dashboard_section(name text, title text, reading text, body text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT '<section id="' || name || '"><h2>' || title || '</h2>' || E'\n<p class="say">' || coalesce(reading, '') || E'</p>\n' || coalesce(body, '') || E'\n</section>\n';
END;
COMMENT ON FUNCTION @extschema@.dashboard_section(text, text, text, text) IS
'A section of the page: its heading, its reading in one or two sentences, charts and tables; all HTML.';
