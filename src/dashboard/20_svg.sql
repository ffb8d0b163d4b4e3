-- Charts as SVG. A plot is 1000 units wide and stretches to the width of the page; its height is in pixels. Text stands outside
-- the stretched part, at places in percent and in the margin, so that it has the same size on a phone, a screen and paper. Element i of n values
-- stands in the middle of the i-th of n equal slots; NULL leaves a gap. Colours are the page's style sheet's.

CREATE FUNCTION @extschema@.svg_ticks(low float8, high float8) RETURNS float8[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT array_agg(k * s.step ORDER BY k)
    FROM (SELECT least(low, 0) AS low, CASE WHEN greatest(low, high, 0) > least(low, 0) THEN greatest(low, high, 0) ELSE 1 END AS high) AS r
    CROSS JOIN LATERAL (SELECT (r.high - r.low) / 4 AS raw) AS w
    CROSS JOIN LATERAL (SELECT power(10::float8, floor(log(w.raw))) AS magnitude) AS m
    CROSS JOIN LATERAL (SELECT m.magnitude * CASE WHEN w.raw <= m.magnitude THEN 1 WHEN w.raw <= 2 * m.magnitude THEN 2
                                                  WHEN w.raw <= 2.5 * m.magnitude THEN 2.5 WHEN w.raw <= 5 * m.magnitude THEN 5 ELSE 10 END AS step) AS s
    CROSS JOIN generate_series(floor(r.low / s.step)::int, ceil(r.high / s.step)::int) AS k;
END;
COMMENT ON FUNCTION @extschema@.svg_ticks(float8, float8) IS
'Places for the grid lines of an axis that shows low, high and 0: multiples of 1, 2, 2.5 or 5 times a power of ten, three to six of them.';

CREATE FUNCTION @extschema@.svg_y(value float8, ticks float8[], height int) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT round((height * (ticks[cardinality(ticks)] - value) / (ticks[cardinality(ticks)] - ticks[1]))::numeric, 1);
END;
COMMENT ON FUNCTION @extschema@.svg_y(float8, float8[], int) IS 'Where a value stands between the first tick (the bottom) and the last (0, the top).';

CREATE FUNCTION @extschema@.svg_line(points float8[], ticks float8[], height int, style text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    -- A point without a neighbour is a line of no length, which the round cap makes a dot.
    SELECT '<path class="' || style || '" d="' || coalesce(string_agg(CASE WHEN p.before IS NULL THEN 'M' ELSE 'L' END || p.x || ',' || p.y
           || CASE WHEN p.before IS NULL THEN 'h0' ELSE '' END, '' ORDER BY p.i), '') || '"/>'
    FROM (SELECT i, v, lag(v) OVER (ORDER BY i) AS before, round((1000 * (i - 0.5) / cardinality(points))::numeric, 1) AS x, @extschema@.svg_y(v, ticks, height) AS y
          FROM unnest(points) WITH ORDINALITY AS u (v, i)) AS p
    WHERE p.v IS NOT NULL;
END;
COMMENT ON FUNCTION @extschema@.svg_line(float8[], float8[], int, text) IS 'A line through the points, broken at NULLs; style is its class.';

CREATE FUNCTION @extschema@.svg_band(lower float8[], upper float8[], ticks float8[], height int) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT '<path class="band" d="' || coalesce('M' || string_agg(p.x || ',' || p.top, 'L' ORDER BY p.i)
           || 'L' || string_agg(p.x || ',' || p.bottom, 'L' ORDER BY p.i DESC) || 'Z', '') || '"/>'
    FROM (SELECT i, round((1000 * (i - 0.5) / cardinality(lower))::numeric, 1) AS x, @extschema@.svg_y(u.h, ticks, height) AS top,
                 @extschema@.svg_y(u.l, ticks, height) AS bottom
          FROM unnest(lower, upper) WITH ORDINALITY AS u (l, h, i)
          WHERE u.l IS NOT NULL AND u.h IS NOT NULL) AS p;
END;
COMMENT ON FUNCTION @extschema@.svg_band(float8[], float8[], float8[], int) IS 'The area between two lines, over the slots where both are known.';

CREATE FUNCTION @extschema@.svg_bars(bases float8[], tops float8[], tips text[], ticks float8[], height int, style text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT coalesce(string_agg(format('<rect class="%s" x="%s" y="%s" width="%s" height="%s">%s</rect>', style,
               round((1000 * (b.i - 0.9) / cardinality(tops))::numeric, 1), @extschema@.svg_y(greatest(b.base, b.top), ticks, height),
               round((800.0 / cardinality(tops))::numeric, 1),
               @extschema@.svg_y(least(b.base, b.top), ticks, height) - @extschema@.svg_y(greatest(b.base, b.top), ticks, height),
               '<title>' || b.tip || '</title>'), '' ORDER BY b.i), '')
    FROM (SELECT u.i, coalesce(bases[u.i], 0) AS base, u.v AS top, tips[u.i] AS tip FROM unnest(tops) WITH ORDINALITY AS u (v, i)) AS b
    WHERE b.top IS NOT NULL;
END;
COMMENT ON FUNCTION @extschema@.svg_bars(float8[], float8[], text[], float8[], int, text) IS
'Bars from bases (NULL: 0) to tops, each with its tip (HTML); style is their class.';

CREATE FUNCTION @extschema@.svg_compact(value float8, sign text DEFAULT '') RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE WHEN value < 0 THEN '&#8722;' ELSE '' END || sign
           || rtrim(rtrim(to_char(round((abs(value) / u.unit)::numeric, CASE WHEN abs(value) < 10 THEN 2 WHEN abs(value) / u.unit < 100 THEN 1 ELSE 0 END), 'FM999,999,999,990.00'), '0'), '.')
           || u.suffix
    FROM (SELECT CASE WHEN abs(value) >= 1e9 THEN 1e9 WHEN abs(value) >= 1e6 THEN 1e6 WHEN abs(value) >= 1e3 THEN 1e3 ELSE 1 END AS unit,
                 CASE WHEN abs(value) >= 1e9 THEN 'bn' WHEN abs(value) >= 1e6 THEN 'm' WHEN abs(value) >= 1e3 THEN 'k' ELSE '' END AS suffix) AS u;
END;
COMMENT ON FUNCTION @extschema@.svg_compact(float8, text) IS 'A short number for an axis: 850, 12.5k, 1.2m, 3bn. NULL: NULL.';

CREATE FUNCTION @extschema@.svg_labels(labels text[], y int) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    -- Every second of many gives way on a small screen.
    SELECT coalesce(string_agg(format('<text class="tick%s" x="%s%%" y="%s" text-anchor="middle">%s</text>',
                                      CASE WHEN p.n > 7 AND p.place % 2 = 0 THEN ' alt' ELSE '' END, p.x, y, p.label), '' ORDER BY p.i), '')
    FROM (SELECT u.i, u.label, round((100 * (u.i - 0.5) / cardinality(labels))::numeric, 1) AS x, row_number() OVER (ORDER BY u.i) AS place, count(*) OVER () AS n
          FROM unnest(labels) WITH ORDINALITY AS u (label, i) WHERE u.label IS NOT NULL) AS p;
END;
COMMENT ON FUNCTION @extschema@.svg_labels(text[], int) IS 'Labels (HTML) below the slots of a plot; NULL: none there.';

CREATE FUNCTION @extschema@.svg_date_labels(days date[]) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    -- At the first slot of each month, week or day, by what fits; January shows its year.
    SELECT array_agg(CASE WHEN l.is_start AND (l.n_before % greatest(1, ceil(l.n / 13.0)::int)) = 0
                          THEN CASE l.unit WHEN 'month' THEN to_char(l.d, CASE WHEN date_part('month', l.d) = 1 THEN 'YYYY' ELSE 'Mon' END)
                                    ELSE to_char(l.d, 'FMDD Mon') END END ORDER BY l.i)
    FROM (SELECT s.*, count(*) FILTER (WHERE s.is_start) OVER () AS n,
                 count(*) FILTER (WHERE s.is_start) OVER (ORDER BY s.i ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS n_before
          FROM (SELECT u.i, u.d::timestamp AS d, w.unit,
                       CASE WHEN u.i = 1 THEN w.unit = 'day' OR date_part('day', u.d) = 1 AND w.unit = 'month'
                            ELSE date_trunc(w.unit, u.d::timestamp) <> date_trunc(w.unit, lag(u.d::timestamp) OVER (ORDER BY u.i)) END AS is_start
                FROM unnest(days) WITH ORDINALITY AS u (d, i)
                CROSS JOIN (SELECT CASE WHEN days[cardinality(days)] - days[1] > 70 THEN 'month' WHEN cardinality(days) > 10 THEN 'week' ELSE 'day' END AS unit) AS w) AS s) AS l;
END;
COMMENT ON FUNCTION @extschema@.svg_date_labels(date[]) IS 'Labels for slots that are days in ascending order; NULL where a slot has none.';

CREATE FUNCTION @extschema@.svg_chart(name text, title text, description text, ticks float8[], height int, sign text, shapes text, labels text[]) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT format('<svg class="chart" role="img" aria-labelledby="%1$s-t %1$s-d" width="100%%" height="%2$s"><title id="%1$s-t">%3$s</title><desc id="%1$s-d">%4$s</desc>',
                  name, height + 40, title, description)
           || string_agg(format('<line class="%s" x1="0" x2="100%%" y1="%s" y2="%2$s"/>', CASE WHEN t = 0 THEN 'axis' ELSE 'grid' END, 18 + @extschema@.svg_y(t, ticks, height)), '' ORDER BY t)
           || format('<svg y="18" width="100%%" height="%s" viewBox="0 0 1000 %1$s" preserveAspectRatio="none" overflow="visible">', height) || shapes || '</svg>'
           || string_agg(format('<text class="tick" x="-6" y="%s" text-anchor="end">%s</text>', 22 + @extschema@.svg_y(t, ticks, height), @extschema@.svg_compact(t, sign)), '' ORDER BY t)
           || @extschema@.svg_labels(labels, height + 34) || '</svg>'
    FROM unnest(ticks) AS t;
END;
COMMENT ON FUNCTION @extschema@.svg_chart(text, text, text, float8[], int, text, text, text[]) IS
'A whole chart: title and description for those who cannot see it (HTML), grid with its labels, the shapes of svg_line, svg_band and svg_bars made with the same ticks and height, labels of the slots. name makes the ids of the page unique.';

CREATE FUNCTION @extschema@.svg_sparkline(points float8[], name text, title text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT format('<svg class="spark" role="img" aria-labelledby="%1$s-t" width="100%%" height="36" viewBox="0 0 1000 36" preserveAspectRatio="none"><title id="%1$s-t">%2$s</title>', name, title)
           || CASE WHEN cardinality(points) > 1 THEN @extschema@.svg_line(points, ARRAY[r.low - r.margin, r.high + r.margin], 36, 'line')
                        || @extschema@.svg_line(array_fill(NULL::float8, ARRAY[cardinality(points) - 1]) || points[cardinality(points)], ARRAY[r.low - r.margin, r.high + r.margin], 36, 'dot') ELSE '' END
           || '</svg>'
    FROM (SELECT min(v) AS low, max(v) AS high, CASE WHEN max(v) > min(v) THEN (max(v) - min(v)) / 5 ELSE 1 END AS margin FROM unnest(points) AS v) AS r;
END;
COMMENT ON FUNCTION @extschema@.svg_sparkline(float8[], text, text) IS 'A small line without axes, its last point marked; between its least and greatest value. Fewer than two points: empty.';

CREATE FUNCTION @extschema@.svg_meter(fraction float8, style text DEFAULT '') RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT format('<svg class="meter" aria-hidden="true" width="100%%" height="8"><rect class="track" width="100%%" height="8" rx="2"/><rect class="fill %s" width="%s%%" height="8" rx="2"/></svg>',
                  style, round(100 * least(greatest(coalesce(fraction, 0), 0), 1)::numeric, 1));
END;
COMMENT ON FUNCTION @extschema@.svg_meter(float8, text) IS 'A horizontal bar for a cell of a table: a fraction of its width, cut to 0..1. The figure itself stands beside it.';
