-- Every mistake has its errcode, a message that names it, and a hint.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS bi_ml;
RESET client_min_messages;

CREATE TEMP TABLE t AS SELECT i, i::float8 AS a, (i * 37 % 50)::float8 AS b FROM generate_series(1, 50) i;
CREATE TEMP TABLE model AS SELECT iforest_train(a, b) AS m, iforest_train(ARRAY[a, b], iforest_options(missing_action => 'fail')) AS strict FROM t;

CREATE TEMP TABLE mixed AS SELECT iforest_train(ARRAY[a], ARRAY[chr(97 + i % 3)], NULL) AS m, iforest_train(ARRAY[a], ARRAY[chr(97 + i % 3)], iforest_options(missing_action => 'fail')) AS strict,
    iforest_train(ARRAY[a], iforest_options(contamination => 0.1)) AS cut, iforest_train(ARRAY[a], 10, 256, 42) AS few FROM t;
CREATE FUNCTION pg_temp.mistake(statement text, OUT code text, OUT message text, OUT hinted bool) LANGUAGE plpgsql AS $$
DECLARE hint text;
BEGIN
    EXECUTE statement;
    code := 'none';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
    hinted := hint <> '';
END $$;

SELECT mistake.* FROM (VALUES
    (1, 'SELECT iforest_train(ARRAY[a], 0, 256, 42) FROM t'),
    (2, 'SELECT iforest_train(ARRAY[a], 10001, 256, 42) FROM t'),
    (3, 'SELECT iforest_train(ARRAY[a], -1, 256, 42) FROM t'),
    (4, 'SELECT iforest_train(ARRAY[a], 100, 1, 42) FROM t'),
    (5, 'SELECT iforest_train(ARRAY[a], 100, 65537, 42) FROM t'),
    (6, 'SELECT iforest_train(ARRAY[a], iforest_options(max_depth => 0)) FROM t'),
    (7, 'SELECT iforest_train(ARRAY[a], iforest_options(max_depth => 33)) FROM t'),
    (8, 'SELECT iforest_train(ARRAY[a], iforest_options(contamination => 0)) FROM t'),
    (9, 'SELECT iforest_train(ARRAY[a], iforest_options(contamination => 0.6)) FROM t'),
    (10, 'SELECT iforest_train(ARRAY[a], iforest_options(contamination => ''NaN'')) FROM t'),
    (11, 'SELECT iforest_train(ARRAY[a], iforest_options(missing_action => ''ignore'')) FROM t'),
    (12, 'SELECT iforest_train(ARRAY[a], iforest_options(feature_names => ARRAY[''a'', ''b''])) FROM t'),
    (13, 'SELECT iforest_train(ARRAY[a], iforest_options(feature_names => ARRAY[NULL])) FROM t'),
    (14, 'SELECT iforest_train(ARRAY[a], iforest_options(feature_names => ARRAY[repeat(''n'', 257)])) FROM t'),
    (15, 'SELECT iforest_train(ARRAY[a], i, 256, 42) FROM t'),
    (16, 'SELECT iforest_train(ARRAY[a], iforest_options(seed => i)) FROM t'),
    (17, 'SELECT iforest_train(VARIADIC ''{}''::float8[]) FROM t'),
    (18, 'SELECT iforest_train(VARIADIC ARRAY[[a, b], [a, b]]) FROM t'),
    (19, 'SELECT iforest_train(VARIADIC CASE WHEN i < 9 THEN ARRAY[a] ELSE ARRAY[a, b] END) FROM t'),
    (20, 'SELECT iforest_train(VARIADIC array_fill(1::float8, ARRAY[10001])) FROM t'),
    (21, 'SELECT iforest_train(a, CASE WHEN i = 20 THEN ''Infinity'' ELSE b END) FROM t'),
    (22, 'SELECT iforest_train(a, CASE WHEN i = 20 THEN ''-Infinity'' ELSE b END) FROM t'),
    (23, 'SELECT iforest_train(ARRAY[a, nullif(b, 3)], iforest_options(missing_action => ''fail'')) FROM t'),
    (24, 'SELECT iforest_train(CASE WHEN i > 3 THEN ARRAY[a] END, iforest_options(missing_action => ''fail'')) FROM t'),
    (25, 'SELECT iforest_train(ARRAY[i::float8], 10000, 65536, 42) FROM generate_series(1, 1000) i'),
    (26, 'SELECT iforest_score(m, 1) FROM model'),
    (27, 'SELECT iforest_score(m, 1, 2, 3) FROM model'),
    (28, 'SELECT iforest_score(m, VARIADIC ''{}''::float8[]) FROM model'),
    (29, 'SELECT iforest_score(m, VARIADIC ARRAY[[1, 2]]::float8[]) FROM model'),
    (30, 'SELECT iforest_score(strict, 1, NULL) FROM model'),
    (31, 'SELECT iforest_score(a, b) FROM t'),
    (32, 'SELECT iforest_score(NULL, a, b) FROM t'),
    (33, 'SELECT iforest_score(ARRAY[a], n_trees => 0) OVER () FROM t'),
    (34, 'SELECT iforest_score(ARRAY[a], sample_size => 1) OVER () FROM t'),
    (35, 'SELECT iforest_score(ARRAY[a], n_trees => i) OVER () FROM t'),
    (36, 'SELECT iforest_score(ARRAY[a], iforest_options(seed => i)) OVER () FROM t'),
    (37, 'SELECT iforest_score(ARRAY[a], iforest_options(max_depth => 99)) OVER () FROM t'),
    (38, 'SELECT iforest_score(a, 1 / nullif(a, 7) * ''Infinity'') OVER () FROM t'),
    (39, 'SELECT iforest_score(CASE WHEN i < 9 THEN ARRAY[a] ELSE ARRAY[a, b] END, 100) OVER () FROM t'),
    (40, 'SELECT iforest_score(ARRAY[nullif(a, 3)], iforest_options(missing_action => ''fail'')) OVER () FROM t'),
    (41, 'SELECT ''''::iforest'),
    (42, 'SELECT ''model''::iforest'),
    (43, 'SELECT ''\x''::iforest'),
    (44, 'SELECT ''\x42494946''::iforest'),
    (45, 'SELECT ''\x4249494g''::iforest'),
    (46, 'SELECT ''\x424''::iforest'),
    (47, 'SELECT left(m::text, length(m::text) - 2)::iforest FROM model'),
    (48, 'SELECT (m::text || ''00'')::iforest FROM model'),
    (49, 'SELECT overlay(m::text PLACING ''ff'' FROM 501)::iforest FROM model'),
    (50, 'SELECT iforest_train(''a'') FROM t'),
    (51, 'SELECT iforest_train(DISTINCT a) OVER () FROM t'),
    (52, 'SELECT iforest_train(ARRAY[a], iforest_options(ndim => 0)) FROM t'),
    (53, 'SELECT iforest_train(ARRAY[a], iforest_options(ndim => -3)) FROM t'),
    (54, 'SELECT iforest_train(ARRAY[a], iforest_options(ndim => 2)) FROM t'),
    (55, 'SELECT iforest_train(ARRAY[a, b], iforest_options(ndim => 17)) FROM t'),
    (56, 'SELECT iforest_train(ARRAY[a], iforest_options(categ_split => ''both'')) FROM t'),
    (57, 'SELECT iforest_train(ARRAY[a], iforest_options(categ_split => '''')) FROM t'),
    (58, 'SELECT iforest_train(ARRAY[a], iforest_options(missing_action => ''DIVIDE'')) FROM t'),
    (59, 'SELECT iforest_train(ARRAY[a, b], iforest_options(ndim => 1 + i % 2)) FROM t'),
    (60, 'SELECT iforest_train(ARRAY[a, b], iforest_options(standardize => i > 5)) FROM t'),
    (61, 'SELECT iforest_train(ARRAY[a], iforest_options(n_trees => 2147483647)) FROM t'),
    (62, 'SELECT iforest_train(ARRAY[a], iforest_options(sample_size => -2147483648)) FROM t'),
    (63, 'SELECT iforest_train(ARRAY[a], iforest_options(contamination => -0.1)) FROM t'),
    (64, 'SELECT iforest_train(ARRAY[a], iforest_options(contamination => ''Infinity'')) FROM t'),
    (65, 'SELECT iforest_train(ARRAY[a], iforest_options(feature_names => ARRAY[]::text[])) FROM t'),
    (66, 'SELECT iforest_train(ARRAY[a], ARRAY[''x''], iforest_options(feature_names => ARRAY[''a''])) FROM t'),
    (67, 'SELECT iforest_train(ARRAY[a], ARRAY[repeat(''x'', 257)], NULL) FROM t'),
    (68, 'SELECT iforest_train(ARRAY[a], CASE WHEN i > 5 THEN ARRAY[''x''] ELSE ARRAY[''x'', ''y''] END, NULL) FROM t'),
    (69, 'SELECT iforest_train(ARRAY[a], ARRAY[[''x'', ''y'']], NULL) FROM t'),
    (70, 'SELECT iforest_train(''{}'', ''{}''::text[], NULL) FROM t'),
    (71, 'SELECT iforest_train(NULL, ''{}''::text[], NULL) FROM t'),
    (72, 'SELECT iforest_train(CASE WHEN i > 5 THEN ARRAY[a] END, ARRAY[''x''], NULL) FROM t'),
    (73, 'SELECT iforest_train(ARRAY[a], ARRAY[nullif(chr(97 + i % 3), ''b'')], iforest_options(missing_action => ''fail'')) FROM t'),
    (74, 'SELECT iforest_train(ARRAY[a], array_fill(''x''::text, ARRAY[10000]), NULL) FROM t'),
    (75, 'SELECT iforest_train(ARRAY[a], ARRAY[''x''], iforest_options(ndim => 3)) FROM t'),
    (76, 'SELECT iforest_train(ARRAY[''-Infinity''::float8], ARRAY[''x''], NULL) FROM t'),
    (77, 'SELECT iforest_score(m, 1) FROM mixed'),
    (78, 'SELECT iforest_score(m, ARRAY[1], ARRAY[''a'', ''b'']) FROM mixed'),
    (79, 'SELECT iforest_score(m, ARRAY[1, 2], ARRAY[''a'']) FROM mixed'),
    (80, 'SELECT iforest_score(m, NULL, ARRAY[''a'']) FROM mixed'),
    (81, 'SELECT iforest_score(m, ARRAY[1], ARRAY[[''a'']]) FROM mixed'),
    (82, 'SELECT iforest_score(strict, ARRAY[1], ARRAY[NULL]::text[]) FROM mixed'),
    (83, 'SELECT iforest_score(m, ARRAY[1], ARRAY[''a'']) FROM model'),
    (84, 'SELECT iforest_score(ARRAY[a], ARRAY[''x''], iforest_options(seed => i)) OVER () FROM t'),
    (85, 'SELECT iforest_score(ARRAY[a], ARRAY[''x''], iforest_options(ndim => 9)) OVER () FROM t'),
    (86, 'SELECT iforest_score(ARRAY[a], CASE WHEN i > 5 THEN ARRAY[''x''] END, NULL) OVER () FROM t'),
    (87, 'SELECT iforest_score(ARRAY[a], ARRAY[''x''], iforest_options()) FROM t'),
    (88, 'SELECT iforest_explain(m, 1) FROM model'),
    (89, 'SELECT iforest_explain(m, 1, 2) FROM mixed'),
    (90, 'SELECT iforest_explain(m, ARRAY[1], ARRAY[''a'', ''b'']) FROM mixed'),
    (91, 'SELECT iforest_explain(strict, 1, NULL::float8) FROM model'),
    (92, 'SELECT iforest_update(m, m, 0) FROM model'),
    (93, 'SELECT iforest_update(m, m, 1.01) FROM model'),
    (94, 'SELECT iforest_update(m, m, ''NaN'') FROM model'),
    (95, 'SELECT iforest_update(model.m, mixed.m, 0.5) FROM model, mixed'),
    (96, 'SELECT iforest_update(model.m, model.strict, 0.5) FROM model'),
    (97, 'SELECT iforest_update(cut, few, 0.5) FROM mixed'),
    (98, 'SELECT iforest_update((SELECT iforest_train(ARRAY[a], 100, 256, 1) FROM t), few, 0.5) FROM mixed'),
    (99, 'SELECT overlay(m::text PLACING ''01'' FROM 11 FOR 2)::iforest FROM model'),
    (100, 'SELECT substr(m::text, 1, 1000)::iforest FROM model'),
    (101, 'SELECT (''\x'' || repeat(''00'', 5000))::iforest'),
    (102, 'SELECT iforest_train_final(NULL::internal)'),
    (103, 'SELECT iforest_update(iforest_train(ARRAY[a, b], iforest_options(feature_names => ARRAY[''a'', ''b''])), iforest_train(ARRAY[b, a], iforest_options(feature_names => ARRAY[''b'', ''a''])), 0.5) FROM t'),
    (104, 'SELECT iforest_update(iforest_train(ARRAY[a, b], iforest_options(feature_names => ARRAY[''a'', ''b''])), iforest_train(a, b), 0.5) FROM t'),
    (105, 'SELECT iforest_train(ARRAY[a], iforest_options(contamination => 0.5000001)) FROM t')
    ) AS c(n, statement), LATERAL pg_temp.mistake(statement) ORDER BY n;

-- A long training stops soon after it is cancelled.
SET statement_timeout = '40ms';
SELECT count(s) FROM (SELECT iforest_score(ARRAY[i::float8, (i * 37 % 101)::float8], n_trees => 10000) OVER () AS s FROM generate_series(1, 20000) i) q;
RESET statement_timeout;
