-- rfm: scores of recency, frequency and monetary value, and the names of customer segments.

-- A window function reads its arguments itself, NULLs included: not STRICT.
CREATE FUNCTION rfm_score(value anyelement, bins integer DEFAULT 5, higher_is_better boolean DEFAULT true,
                          rule text DEFAULT 'tie')
RETURNS integer
LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE COST 10
AS 'MODULE_PATHNAME', 'biml_rfm_score';
COMMENT ON FUNCTION rfm_score(anyelement, integer, boolean, text) IS
'Window function: the class, 1 (worst) to bins (best), of a value among all rows of its partition; the frame is ignored. Rule tie: 1 + floor(bins * strictly worse rows / rows), equal values share a score and the order of rows has no influence. Rule ntile: classes of equal size, equal values are split in the order of the window. higher_is_better => false turns the scale, for recency in days. NULL value: NULL score, not counted. Options are read at the first row of the partition. Errors: 22023 bins outside 1..1000 or unknown rule, 22004 NULL option, 42883 a type without an order.';

CREATE FUNCTION rfm_segment(r integer, f integer, m integer, map text DEFAULT 'seg11')
RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'biml_rfm_segment';
COMMENT ON FUNCTION rfm_segment(integer, integer, integer, text) IS
'The name of the segment of a customer with scores r, f, m, each 1 (worst) to 5 (best). Map seg11: 11 names over r and the mean of f and m, halves rounded up; map seg10: 10 names over r and f. NULL in, NULL out. Errors: 22023 a score outside 1..5, an unknown map.';

CREATE FUNCTION rfm_grid(map text DEFAULT 'seg11')
RETURNS TABLE (r_score integer, fm_score integer, segment text)
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE ROWS 25
BEGIN ATOMIC
    SELECT r, fm, @extschema@.rfm_segment(r, fm, fm, map)
    FROM pg_catalog.generate_series(1, 5) AS r, pg_catalog.generate_series(1, 5) AS fm
    ORDER BY r, fm;
END;
COMMENT ON FUNCTION rfm_grid(text) IS
'The 25 cells of a segment map, to fill a rule table: r_score, fm_score (the mean of f and m for seg11, f alone for seg10) and the segment''s name. NULL map: no rows. Errors: 22023 an unknown map.';
