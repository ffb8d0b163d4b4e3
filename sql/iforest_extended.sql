-- Categories, extended splits, attribution, updates. Expectations are properties and definitions; no number of our own.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS bi_ml;
RESET client_min_messages;

CREATE TYPE pg_temp.iforest_channel AS ENUM ('web', 'shop', 'phone');
CREATE TEMP TABLE orders AS
    SELECT i AS id, 50 + 10 * sin(i) AS amount, 5 + cos(i * 1.7::float8) AS items,
           (ARRAY['DE', 'FR', 'GB', 'IT'])[1 + i % 4] AS country, (ARRAY['web', 'shop'])[1 + i % 2]::pg_temp.iforest_channel AS channel
    FROM generate_series(1, 1000) i
    UNION ALL SELECT 1000 + i, 50 + i / 10.0, 5, 'ZZ', 'phone' FROM generate_series(1, 10) i;

-- The orders of the rare country and channel stand out, though their numbers are average.
CREATE TEMP TABLE model AS SELECT iforest_train(ARRAY[amount, items], ARRAY[country, channel::text], NULL) AS m,
    iforest_train(ARRAY[amount, items], ARRAY[country, channel::text], iforest_options(categ_split => 'subset')) AS sets,
    iforest_train(ARRAY[amount, items], ARRAY[country, channel::text], iforest_options(ndim => 3)) AS sums FROM orders;
SELECT k.kind, count(*) FILTER (WHERE o.id > 1000) AS of_ten FROM model, LATERAL (VALUES ('single', m), ('subset', sets), ('sums', sums)) AS k(kind, f),
    LATERAL (SELECT id FROM orders ORDER BY iforest_score(k.f, ARRAY[amount, items], ARRAY[country, channel::text]) DESC LIMIT 50) AS o GROUP BY k.kind ORDER BY k.kind;
SELECT jsonb_pretty(i -> 'features' -> 2) AS country, i -> 'features' -> 3 -> 'n_categories' AS channels FROM (SELECT iforest_info(m) AS i FROM model) q;

-- Model, window and frame agree bit for bit, in every form; row order does not matter; bytes come back.
SELECT o.name, bool_and(w = s) AS window, bool_and(f = s) AS frame FROM
    (VALUES ('single', iforest_options()), ('subset', iforest_options(categ_split => 'subset')), ('sums', iforest_options(ndim => 3)),
            ('raw sums', iforest_options(ndim => 2, standardize => false)), ('filled sums', iforest_options(ndim => 4, missing_action => 'impute'))) AS o(name, options),
    LATERAL (SELECT iforest_score(x, c, o.options) OVER () AS w,
                    iforest_score(iforest_train(x, c, o.options) OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING), x, c) AS f,
                    iforest_score((SELECT iforest_train(ARRAY[amount, items], ARRAY[country, channel::text], o.options ORDER BY id % 7, id DESC) FROM orders), x, c) AS s
             FROM (SELECT id, ARRAY[amount, items] AS x, ARRAY[country, channel::text] AS c FROM orders) r) q
    GROUP BY o.name ORDER BY o.name;
SELECT m::text::iforest::text = m::text AND sets::text::iforest::text = sets::text AND sums::text::iforest::text = sums::text AS round_trip FROM model;
SELECT (SELECT iforest_train(ARRAY[amount, items], ARRAY[country, channel::text], iforest_options(ndim => 2) ORDER BY id DESC)::text FROM orders) =
       (SELECT iforest_train(ARRAY[amount, items], ARRAY[country, channel::text], iforest_options(ndim => 2) ORDER BY md5(id::text))::text FROM orders) AS any_order;
-- Trailing frames of categories: no order judges itself; each equals a model of exactly those rows.
SELECT count(s) AS scored, bool_and(s = (SELECT iforest_score(iforest_train(ARRAY[h.amount], ARRAY[h.country], NULL), ARRAY[t.amount], ARRAY[t.country])
                                         FROM orders h WHERE h.id BETWEEN t.id - 40 AND t.id - 1)) AS exact
FROM (SELECT id, amount, country, iforest_score(iforest_train(ARRAY[amount], ARRAY[country], NULL)
             OVER (ORDER BY id ROWS BETWEEN 40 PRECEDING AND 1 PRECEDING), ARRAY[amount], ARRAY[country]) AS s FROM orders WHERE id <= 100) t;

-- Categories alone; NULL categories are missing; a category that was never seen scores above all known ones.
SELECT iforest_score(m, NULL, ARRAY['x']) = iforest_score(m, '{}', ARRAY['x']) AS empty, iforest_score(m, NULL, ARRAY['b']) > iforest_score(m, NULL, ARRAY['a']) AS rarer,
       iforest_score(m, NULL, ARRAY['never']) >= iforest_score(m, NULL, ARRAY['b']) AS unseen, iforest_score(m, NULL, ARRAY[NULL]) IS NULL AS nothing
FROM (SELECT iforest_train(NULL, ARRAY[CASE WHEN i % 20 = 0 THEN 'b' ELSE 'a' END], NULL) AS m FROM generate_series(1, 200) i) q;
SELECT iforest_score(m, ARRAY[50], ARRAY['DE', NULL]) BETWEEN 0.2 AND 0.8 AS missing_category, iforest_score(m, ARRAY[NULL]::float8[], ARRAY['DE', 'web']) BETWEEN 0.2 AND 0.8 AS missing_number
FROM (SELECT iforest_train(ARRAY[amount], ARRAY[country, nullif(channel::text, 'shop')], NULL) AS m FROM orders) q;
SELECT iforest_score(NULL, ARRAY[1], ARRAY['a']) IS NULL AS no_model, iforest_score(m, NULL::float8[], NULL::text[]) IS NULL AS no_row FROM model;
SELECT info ->> 'n_skipped' AS skipped FROM (SELECT iforest_info(iforest_train(CASE WHEN i > 3 THEN ARRAY[i::float8] END, CASE WHEN i > 3 THEN ARRAY['a'] END, NULL)) AS info
    FROM generate_series(1, 20) i) q;
-- More than a thousand categories: the most frequent are told apart, the rest are one.
SELECT i -> 'features' -> 0 -> 'n_categories' AS told_apart, i -> 'features' -> 0 -> 'other' AS others,
       iforest_score(m, NULL, ARRAY['c1999']) = iforest_score(m, NULL, ARRAY['c1500']) AS one, iforest_score(m, NULL, ARRAY['never']) = iforest_score(m, NULL, ARRAY['c1500']) AS as_new
FROM (SELECT m, iforest_info(m) AS i FROM (SELECT iforest_train(NULL, ARRAY['c' || k], NULL) AS m
      FROM generate_series(0, 1999) k, generate_series(1, CASE WHEN k < 1000 THEN 2 ELSE 1 END)) q) p;
-- Any text is a category: the empty one, quotes, other scripts.
SELECT count(DISTINCT iforest_score(m, NULL, ARRAY[c])) > 1 AS told_apart FROM (SELECT iforest_train(NULL, ARRAY[c], NULL) AS m
    FROM unnest(ARRAY['', '', '', '', '''', '"', 'ß', '日本']) c, generate_series(1, 4)) q, unnest(ARRAY['', 'ß', '日本']) c;

-- A thousand numbers as an array, extended; all rows equal: one half.
SELECT i FROM (SELECT i, iforest_score(array_fill(0::float8, ARRAY[999]) || (CASE WHEN i = 17 THEN 1000 ELSE i % 10 END)::float8, iforest_options(ndim => 3)) OVER () AS s
               FROM generate_series(1, 200) i) q ORDER BY s DESC LIMIT 1;
SELECT DISTINCT iforest_score(ARRAY[7.5, 3.25], ARRAY['a'], iforest_options(ndim => 2)) OVER () FROM generate_series(1, 100);

-- Attribution adds up to the score and names the feature that made the row unusual.
SELECT s.id, total > 0 AS unusual, abs(2 ^ (total - 1) - iforest_score(m, x, c)) < 1e-9 AS complete, feature
FROM model, (VALUES (1, ARRAY[500, 5], ARRAY['DE', 'web']), (2, ARRAY[50, -100], ARRAY['DE', 'web']), (3, ARRAY[50, 5], ARRAY['ZZ', 'web']), (4, ARRAY[50, 5], ARRAY['DE', 'phone']))
     AS s(id, x, c), LATERAL (SELECT sum(contribution) AS total, (array_agg(feature ORDER BY contribution DESC))[1] AS feature FROM iforest_explain(m, x, c)) e ORDER BY s.id;
SELECT k.kind, max(abs(2 ^ (total - 1) - score)) < 1e-9 AS complete FROM (
    SELECT k.kind, o.id, (SELECT sum(contribution) FROM iforest_explain(k.f, x, c)) AS total, iforest_score(k.f, x, c) AS score
    FROM model, (SELECT id, ARRAY[nullif(amount, 50), CASE WHEN id % 5 > 0 THEN items END] AS x, ARRAY[country, CASE WHEN id % 7 > 0 THEN channel::text END] AS c FROM orders WHERE id % 25 = 1) o,
         LATERAL (VALUES ('single', m), ('subset', sets), ('sums', sums)) AS k(kind, f)) AS k GROUP BY k.kind ORDER BY k.kind;
SELECT e.* FROM (SELECT iforest_train(ARRAY[amount, items], iforest_options(feature_names => ARRAY['amount', 'items'])) AS m FROM orders) q,
    LATERAL (SELECT feature, contribution > 0 AS unusual, name FROM iforest_explain(m, 50, 90)) e;
SELECT count(*) AS lines, count(contribution) AS known FROM (SELECT iforest_train(amount, items) AS m FROM orders) q, LATERAL iforest_explain(m, NULL::float8, NULL) e;
SELECT count(*) FROM iforest_explain(NULL::iforest, 1, 2);

-- Updates: the newer rows are at home in the new model, and repeated updates forget the old ones.
CREATE TEMP TABLE ages AS SELECT (SELECT iforest_train(i % 100, i * 7 % 31) FROM generate_series(1, 1000) i) AS old,
                                 (SELECT iforest_train(1000 + i % 100, i * 7 % 31) FROM generate_series(1, 150) i) AS new;
SELECT iforest_score(old, 1050, 15) > 0.55 AS strange_before, iforest_score(iforest_update(old, new, 1), 1050, 15) < 0.5 AS at_home,
       abs(iforest_score(iforest_update(old, new, 1), 1050, 15) - iforest_score(new, 1050, 15)) < 1e-12 AS all_new,
       iforest_score(iforest_update(old, new, 0.5), 1050, 15) BETWEEN iforest_score(new, 1050, 15) AND iforest_score(old, 1050, 15) AS half FROM ages;
SELECT i -> 'n_updates' AS updates, i -> 'n_trees' AS trees, i -> 'n_rows' AS n_rows, abs(iforest_score(m, 1050, 15) - iforest_score(new, 1050, 15)) < 0.02 AS forgotten
FROM ages, LATERAL (SELECT m, iforest_info(m) AS i FROM (SELECT iforest_update(iforest_update(iforest_update(iforest_update(old, new, 0.25), new, 0.25), new, 0.25), new, 0.25) AS m) u) q;
-- Categories are matched by text.
SELECT i -> 'features' -> 0 -> 'n_categories' AS categories, iforest_score(u, NULL, ARRAY['x']) < iforest_score(u, NULL, ARRAY['never']) AS knows_new,
       iforest_score(u, NULL, ARRAY['a']) = iforest_score(u::text::iforest, NULL, ARRAY['a']) AS round_trip
FROM (SELECT u, iforest_info(u) AS i FROM (SELECT iforest_update((SELECT iforest_train(NULL, ARRAY[chr(97 + i % 3)], NULL) FROM generate_series(1, 90) i),
      (SELECT iforest_train(NULL, ARRAY[chr(119 + i % 4)], NULL) FROM generate_series(1, 90) i), 0.5) AS u) q) p;
SELECT iforest_update(NULL, new, 0.5) IS NULL AS null_model, iforest_update(old, new, NULL) IS NULL AS null_fraction FROM ages;
