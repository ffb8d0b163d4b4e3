"""The dashboards: datasets over the marts, charts and their places. generate.py writes them as Superset's import format.

A dataset names its columns and its measures; a chart may use those only, which generate.py checks. A column that a mart
no longer has fails the test test/tap/superset_assets.pl.
"""

GBP = {'symbol': 'GBP', 'symbolPosition': 'prefix'}
MONEY, WHOLE, SHARE, CHANGE = ',.0f', ',.0f', '.1%', '+.1%'


def measure(expression, title, number=WHOLE, currency=False):
    return {'expression': expression, 'title': title, 'format': number, 'currency': GBP if currency else None}


def money(expression, title, number=MONEY):
    return measure(expression, title, number, True)


# name -> description, main time column, columns name -> (kind, title), measures; sql where the dataset is not a mart as it stands.
DATASETS = {
    'mart_daily_sales': dict(
        about='One row per calendar day: sales without returned goods, charges and stock movements.', time='date',
        columns={'date': ('date', 'Day'), 'revenue': ('money', 'Revenue'), 'orders': ('number', 'Orders'), 'customers': ('number', 'Customers'),
                 'new_customers': ('number', 'New customers'), 'repeat_customers': ('number', 'Returning customers'),
                 'returns': ('money', 'Returns'), 'net_revenue': ('money', 'Net revenue'), 'revenue_ma7': ('money', '7-day mean'),
                 'is_trading_day': ('boolean', 'Trading day')},
        measures={'revenue_total': money('SUM(revenue)', 'Revenue'), 'revenue_mean7': money('MAX(revenue_ma7)', 'Mean of 7 days'),
                  'orders_total': measure('SUM(orders)', 'Orders'), 'new_total': measure('SUM(new_customers)', 'New customers'),
                  'returning_total': measure('SUM(repeat_customers)', 'Returning customers')}),
    'seven_days': dict(
        about='The seven days up to each day, so that a trend line has no weekly teeth and the last point is a whole week.', time='date',
        sql='''SELECT date,
       SUM(revenue) OVER week AS revenue_7d,
       SUM(orders) OVER week AS orders_7d,
       SUM(revenue) OVER week / NULLIF(SUM(orders) OVER week, 0) AS aov_7d,
       AVG(customers) OVER week AS customers_per_day
FROM {schema}.mart_daily_sales
WINDOW week AS (ORDER BY date ROWS BETWEEN 6 PRECEDING AND CURRENT ROW)''',
        columns={'date': ('date', 'Day'), 'revenue_7d': ('money', 'Revenue, 7 days'), 'orders_7d': ('number', 'Orders, 7 days'),
                 'aov_7d': ('money', 'Order value, 7 days'), 'customers_per_day': ('number', 'Customers a day')},
        measures={'revenue_week': money('MAX(revenue_7d)', 'Revenue, 7 days'), 'orders_week': measure('MAX(orders_7d)', 'Orders, 7 days'),
                  'aov_week': money('MAX(aov_7d)', 'Average order value', ',.2f'),
                  'customers_day': measure('MAX(customers_per_day)', 'Customers a day', ',.1f')}),
    'month_over_month': dict(
        about='Months; the running month is compared with as many days of the month before, and says so.', time='month',
        sql='''SELECT month, revenue, net_revenue, orders, customers, aov, revenue_mom, orders_mom, revenue_yoy,
       CASE WHEN is_complete THEN 'whole month' ELSE days || ' days, against as many days before' END AS note
FROM {schema}.mart_monthly_sales''',
        columns={'month': ('date', 'Month'), 'revenue': ('money', 'Revenue'), 'net_revenue': ('money', 'Net revenue'), 'orders': ('number', 'Orders'),
                 'customers': ('number', 'Customers'), 'aov': ('pennies', 'Order value'), 'revenue_mom': ('change', 'Revenue, month over month'),
                 'orders_mom': ('change', 'Orders, month over month'), 'revenue_yoy': ('change', 'Revenue, year over year'), 'note': ('text', 'Compared')},
        measures={'revenue_total': money('SUM(revenue)', 'Revenue'), 'net_total': money('SUM(net_revenue)', 'Net revenue')}),
    'kpi': dict(
        about='Eight figures, each for a period and the one before it.', time=None,
        sql='''SELECT REPLACE(comparison, '_', ' ') AS comparison, REPLACE(kpi, '_', ' ') AS kpi, current_from, current_to,
       current_value, previous_value, change_pct / 100 AS change
FROM {schema}.mart_kpi''',
        columns={'comparison': ('text', 'Comparison'), 'kpi': ('text', 'Figure'), 'current_from': ('date', 'From'), 'current_to': ('date', 'To'),
                 'current_value': ('decimal', 'Now'), 'previous_value': ('decimal', 'Before'), 'change': ('change', 'Change')},
        measures={}),
    'mart_freshness': dict(
        about='When each mart was refreshed, and up to which day its data go.', time=None,
        columns={'object': ('text', 'Mart'), 'refreshed_at': ('moment', 'Refreshed'), 'data_to': ('date', 'Data up to'), 'is_stale': ('boolean', 'Stale')},
        measures={}),
    'mart_country': dict(
        about='Countries over the whole time.', time=None,
        columns={'country': ('text', 'Country'), 'iso2': ('text', 'ISO code'), 'revenue': ('money', 'Revenue'), 'orders': ('number', 'Orders'),
                 'customers': ('number', 'Customers'), 'revenue_share': ('share', 'Share of revenue'), 'aov': ('pennies', 'Order value'),
                 'revenue_mom': ('change', 'Last month'), 'revenue_rank': ('number', 'Rank'), 'net_revenue': ('money', 'Net revenue')},
        measures={'revenue_total': money('SUM(revenue)', 'Revenue'), 'orders_total': measure('SUM(orders)', 'Orders')}),
    'mart_country_monthly': dict(
        about='Countries by month.', time='month',
        columns={'month': ('date', 'Month'), 'country': ('text', 'Country'), 'revenue': ('money', 'Revenue'), 'orders': ('number', 'Orders')},
        measures={'revenue_total': money('SUM(revenue)', 'Revenue')}),
    'busy_hours': dict(
        about='Revenue and orders by hour and day of the week, over the whole time.', time=None,
        sql='''SELECT LPAD(CAST(hour AS text), 2, '0') || ':00' AS hour,
       isodow || ' ' || CASE isodow WHEN 1 THEN 'Mon' WHEN 2 THEN 'Tue' WHEN 3 THEN 'Wed' WHEN 4 THEN 'Thu' WHEN 5 THEN 'Fri' WHEN 6 THEN 'Sat' ELSE 'Sun' END AS weekday,
       revenue, orders
FROM {schema}.mart_hour_weekday''',
        columns={'hour': ('text', 'Hour'), 'weekday': ('text', 'Weekday'), 'revenue': ('money', 'Revenue'), 'orders': ('number', 'Orders')},
        measures={'revenue_total': money('SUM(revenue)', 'Revenue')}),
    'mart_product': dict(
        about='Products over the whole time; tier A brings the first 80 % of revenue, B the next 15 %, C the rest.', time=None,
        columns={'stock_code': ('text', 'Code'), 'description': ('text', 'Product'), 'revenue': ('money', 'Revenue'), 'units': ('number', 'Units'),
                 'orders': ('number', 'Orders'), 'returns': ('money', 'Returns'), 'revenue_rank': ('number', 'Rank'), 'revenue_share': ('share', 'Share'),
                 'cumulative_share': ('share', 'Cumulative share'), 'tier': ('text', 'Tier')},
        measures={'revenue_total': money('SUM(revenue)', 'Revenue'), 'products': measure('COUNT(*)', 'Products'),
                  'cumulative': measure('MAX(cumulative_share)', 'Cumulative share of revenue', '.0%')}),
    'product_trend': dict(
        about='Weekly revenue of the products, by name.', time='week',
        sql='''SELECT w.week, p.description AS product, p.tier, w.revenue, w.units
FROM {schema}.mart_product_weekly AS w JOIN {schema}.mart_product AS p ON p.stock_code = w.stock_code''',
        columns={'week': ('date', 'Week'), 'product': ('text', 'Product'), 'tier': ('text', 'Tier'), 'revenue': ('money', 'Revenue'), 'units': ('number', 'Units')},
        measures={'revenue_total': money('SUM(revenue)', 'Revenue')}),
    'mart_rfm_segment': dict(
        about='Customer segments by recency, frequency and money, with what to do.', time=None,
        columns={'segment': ('text', 'Segment'), 'customers': ('number', 'Customers'), 'customer_share': ('share', 'Share of customers'), 'revenue': ('money', 'Revenue'),
                 'revenue_share': ('share', 'Share of revenue'), 'avg_recency_days': ('number', 'Days since the last order'),
                 'avg_frequency': ('decimal', 'Orders each'), 'avg_monetary': ('money', 'Spent each'), 'action': ('text', 'What to do'), 'rank': ('number', 'Rank')},
        measures={'customers_total': measure('SUM(customers)', 'Customers'), 'revenue_total': money('SUM(revenue)', 'Revenue')}),
    'mart_rfm': dict(
        about='Identified customers with their scores.', time=None,
        columns={'customer_id': ('id', 'Customer'), 'country': ('text', 'Country'), 'recency_days': ('number', 'Days since the last order'),
                 'frequency': ('number', 'Orders'), 'monetary': ('money', 'Spent'), 'rfm_code': ('text', 'RFM'), 'segment': ('text', 'Segment')},
        measures={}),
    'customer_value': dict(
        about='How many customers have spent how much, net of returns.', time=None,
        sql='''SELECT country, segment,
       CASE WHEN monetary < 100 THEN '1: under £100' WHEN monetary < 250 THEN '2: £100 to 250' WHEN monetary < 500 THEN '3: £250 to 500'
            WHEN monetary < 1000 THEN '4: £500 to 1,000' WHEN monetary < 2500 THEN '5: £1,000 to 2,500' WHEN monetary < 10000 THEN '6: £2,500 to 10,000'
            ELSE '7: £10,000 and more' END AS band
FROM {schema}.mart_rfm''',
        columns={'country': ('text', 'Country'), 'segment': ('text', 'Segment'), 'band': ('text', 'Spent')},
        measures={'customers_total': measure('COUNT(*)', 'Customers')}),
    'retention': dict(
        about='Of the customers who first bought in a month, the share who bought again that many months later.', time=None,
        sql='''SELECT TO_CHAR(cohort_month, 'YYYY-MM') AS cohort, LPAD(CAST(month_offset AS text), 2, '0') AS months_later, retention, customers
FROM {schema}.mart_cohort
WHERE month_offset > 0 AND cohort_size > 0''',
        columns={'cohort': ('text', 'First order in'), 'months_later': ('text', 'Months later'), 'retention': ('share', 'Retention'), 'customers': ('number', 'Customers')},
        measures={'retained': measure('MAX(retention)', 'Bought again', '.0%')}),
    'mart_forecast_band': dict(
        about='What was and what is expected, with the band that holds four of five days.', time='date',
        columns={'date': ('date', 'Day'), 'metric': ('text', 'Metric'), 'dimension': ('text', 'Dimension'), 'entity': ('text', 'Entity'), 'actual': ('decimal', 'Actual'),
                 'actual__yhat': ('decimal', 'Forecast'), 'actual__yhat_lower': ('decimal', 'Lower'), 'actual__yhat_upper': ('decimal', 'Upper')},
        # Superset draws the band from these names.
        measures={'Actual': measure('MAX(actual)', 'Actual'), 'Actual__yhat': measure('MAX(actual__yhat)', 'Actual__yhat'),
                  'Actual__yhat_lower': measure('MAX(actual__yhat_lower)', 'Actual__yhat_lower'),
                  'Actual__yhat_upper': measure('MAX(actual__yhat_upper)', 'Actual__yhat_upper')}),
    'forecast_days': dict(
        about='The days ahead.', time='date',
        sql='''SELECT metric, dimension, CASE WHEN dimension = 'total' THEN 'all' ELSE entity END AS entity, date, yhat, yhat_lower, yhat_upper, method FROM {schema}.mart_forecast WHERE is_future''',
        columns={'metric': ('text', 'Metric'), 'dimension': ('text', 'Dimension'), 'entity': ('text', 'Entity'), 'date': ('date', 'Day'), 'yhat': ('number', 'Expected'), 'yhat_lower': ('number', 'At least'),
                 'yhat_upper': ('number', 'At most'), 'method': ('text', 'Method')},
        measures={}),
    'forecast_totals': dict(
        about='The sum of the days ahead, with a band of its own: bounds of single days do not add up.', time=None,
        sql='''SELECT metric, horizon, from_date, to_date, yhat, yhat_lower, yhat_upper, method
FROM {schema}.mart_forecast_total
WHERE dimension = 'total' AND yhat IS NOT NULL''',
        columns={'metric': ('text', 'Metric'), 'horizon': ('number', 'Days'), 'from_date': ('date', 'From'), 'to_date': ('date', 'To'), 'yhat': ('number', 'Expected'),
                 'yhat_lower': ('number', 'At least'), 'yhat_upper': ('number', 'At most'), 'method': ('text', 'Method')},
        measures={}),
    'forecast_by_country': dict(
        about='Revenue of the days ahead, by country; the countries add up to the total.', time='date',
        sql='''SELECT date, CASE WHEN entity = 'rest' THEN 'other countries' ELSE entity END AS country, yhat
FROM {schema}.mart_forecast
WHERE dimension = 'country' AND metric = 'revenue' AND is_future''',
        columns={'date': ('date', 'Day'), 'country': ('text', 'Country'), 'yhat': ('money', 'Expected revenue')},
        measures={'expected': money('SUM(yhat)', 'Expected revenue')}),
    'forecast_products': dict(
        about='Pieces of the products of tier A that the next four weeks will want.', time=None,
        sql='''SELECT t.entity AS stock_code, p.description, t.from_date, t.to_date, t.yhat, t.yhat_upper
FROM {schema}.mart_forecast_total AS t JOIN {schema}.mart_product AS p ON p.stock_code = t.entity
WHERE t.dimension = 'product' AND t.metric = 'units' AND t.horizon = 28''',
        columns={'stock_code': ('text', 'Code'), 'description': ('text', 'Product'), 'from_date': ('date', 'From'), 'to_date': ('date', 'To'),
                 'yhat': ('number', 'Expected pieces'), 'yhat_upper': ('number', 'At most')},
        measures={}),
    'mart_forecast_accuracy': dict(
        about='How right the forecasts of the past were, by metric and method. Drifting: the last four weeks erred much more than the weeks before.', time=None,
        columns={'metric': ('text', 'Metric'), 'dimension': ('text', 'Dimension'), 'entity': ('text', 'Entity'), 'method': ('text', 'Method'), 'horizon': ('number', 'Days ahead'), 'origins': ('number', 'Forecasts'),
                 'accuracy': ('share', 'Accuracy'), 'wape': ('share', 'Error of a day'), 'coverage': ('share', 'Days in the band'),
                 'recent_error': ('share', 'Recent error'), 'usual_error': ('share', 'Usual error'), 'is_drifting': ('boolean', 'Drifting')},
        measures={}),
    'forecast_scored': dict(
        about='The archive of forecasts against what came: for each day the mean of the forecasts made in the week before it.', time='date',
        sql='''SELECT metric, date, actual, yhat, abs_error, in_band
FROM {schema}.mart_forecast_scored
WHERE dimension = 'total' AND method = 'auto' AND lead <= 7''',
        columns={'metric': ('text', 'Metric'), 'date': ('date', 'Day'), 'actual': ('decimal', 'What came'), 'yhat': ('decimal', 'Forecast'),
                 'abs_error': ('decimal', 'Error'), 'in_band': ('boolean', 'In the band')},
        measures={'came': measure('MAX(actual)', 'What came'), 'said': measure('AVG(yhat)', 'Forecast in the week before')}),
    'forecast_lead': dict(
        about='Error of the archived forecasts by how many days ahead they were made.', time=None,
        sql='''SELECT metric, lead, n, wape, coverage
FROM {schema}.mart_forecast_lead
WHERE dimension = 'total' AND method = 'auto' AND n > 0''',
        columns={'metric': ('text', 'Metric'), 'lead': ('number', 'Days ahead'), 'n': ('number', 'Forecasts'), 'wape': ('share', 'Error'), 'coverage': ('share', 'In the band')},
        measures={'error': measure('MAX(wape)', 'Error', '.0%')}),
    'alerts': dict(
        about='Days that were not as expected.', time='date',
        sql='''SELECT date, metric, CASE WHEN dimension = 'total' THEN 'all' ELSE entity END AS entity, severity,
       CASE severity WHEN 'critical' THEN 4 WHEN 'high' THEN 3 WHEN 'medium' THEN 2 ELSE 1 END AS level,
       direction, actual, expected, deviation_pct / 100 AS deviation, impact, driver, explanation, status
FROM {schema}.mart_anomaly
WHERE is_anomaly''',
        columns={'date': ('date', 'Day'), 'metric': ('text', 'Metric'), 'entity': ('text', 'Of'), 'severity': ('text', 'Severity'), 'level': ('number', 'Level'),
                 'direction': ('text', 'Direction'), 'actual': ('number', 'Actual'), 'expected': ('number', 'Expected'), 'deviation': ('change', 'Deviation'),
                 'impact': ('money', 'Impact'), 'driver': ('text', 'Driver'), 'explanation': ('text', 'Why'), 'status': ('text', 'State')},
        measures={'alerts_total': measure('COUNT(*)', 'Alerts')}),
    'data_quality': dict(
        about='What became of the raw lines: one rule per line.', time=None,
        sql='''SELECT q.rule, COALESCE(r.description, 'kept as a fact') AS description, SUM(q.rows) AS rows, SUM(q.amount) AS amount
FROM {schema}.mart_data_quality AS q LEFT JOIN {schema}.quality_rule AS r ON r.rule = q.rule
GROUP BY q.rule, r.description''',
        columns={'rule': ('text', 'Rule'), 'description': ('text', 'What it means'), 'rows': ('number', 'Lines'), 'amount': ('money', 'Amount')},
        measures={'rows_total': measure('SUM(rows)', 'Lines')}),
}


def number(title, dataset, measure_name, suffix, about):
    return dict(kind='big_number', title=title, dataset=dataset, measures=[measure_name], lag=7, suffix=suffix, about=about)


def line(title, dataset, measures, about, **more):
    return dict(kind='echarts_timeseries_line', title=title, dataset=dataset, measures=measures, about=about, **more)


def bars(title, dataset, measures, about, **more):
    return dict(kind='echarts_timeseries_bar', title=title, dataset=dataset, measures=measures, about=about, **more)


def table(title, dataset, columns, order, about, **more):
    """order: (column, ascending), or several of these."""
    return dict(kind='table', title=title, dataset=dataset, columns=columns, order=order if isinstance(order, list) else [order], about=about, **more)


def pie(title, dataset, group, measure_name, about):
    return dict(kind='pie', title=title, dataset=dataset, group=[group], measures=[measure_name], about=about)


def heatmap(title, dataset, x, y, measure_name, about, **more):
    return dict(kind='heatmap_v2', title=title, dataset=dataset, x=x, group=[y], measures=[measure_name], about=about, **more)


SEVERITY_COLOURS = [(4, '#E04355'), (3, '#FF7F44'), (2, '#FCC700')]
LABEL_COLOURS = {'critical': '#E04355', 'high': '#FF7F44', 'medium': '#FCC700', 'low': '#B2B2B2'}
TOTAL = ('dimension', 'total')
WEEK_BEFORE = 'against the 7 days before'

# title -> filters, rows of (chart, width of 12); a row's height in units of 8 pixels.
DASHBOARDS = {
    'Executive overview': dict(
        about='Are we growing? Revenue, orders, order value and customers, with the trend and the month against the month before.',
        filters=['date'],
        rows=[
            (24, [(number('Revenue of seven days', 'seven_days', 'revenue_week', WEEK_BEFORE, 'Sales of the last seven days, before returns.'), 3),
                  (number('Orders of seven days', 'seven_days', 'orders_week', WEEK_BEFORE, 'Invoices of the last seven days.'), 3),
                  (number('Average order value', 'seven_days', 'aov_week', WEEK_BEFORE, 'Revenue over orders, the last seven days.'), 3),
                  (number('Customers a day', 'seven_days', 'customers_day', WEEK_BEFORE, 'Identified customers who ordered, mean of the last seven days.'), 3)]),
            (46, [(line('Revenue and its 7-day mean', 'mart_daily_sales', ['revenue_total', 'revenue_mean7'],
                        'Each day, and the mean of the seven days up to it; closed days count as 0.', grain='P1D'), 8),
                  (bars('Revenue by month', 'month_over_month', ['revenue_total', 'net_total'],
                        'Before and after returns. The last month may be a running one: see the table below.', grain='P1M'), 4)]),
            (46, [(table('Month over month', 'month_over_month',
                         ['month', 'revenue', 'revenue_mom', 'orders', 'orders_mom', 'aov', 'note'], ('month', False),
                         'A running month is compared with as many days of the month before: like for like.'), 7),
                  (bars('New and returning customers', 'mart_daily_sales', ['new_total', 'returning_total'],
                        'Identified customers by the day of the order: new on their first day, returning on later ones.', grain='P1W', stack=True), 5)]),
            (56, [(table('Period against period', 'kpi', ['comparison', 'kpi', 'current_value', 'previous_value', 'change', 'current_from', 'current_to'],
                         ('comparison', True), 'Eight figures, each against the period before or the same days a year before.'), 7),
                  (table('How fresh is this?', 'mart_freshness', ['object', 'data_to', 'refreshed_at', 'is_stale'], ('object', True),
                         'When each mart was last refreshed, and the last day in it.'), 5)]),
        ]),
    'Markets and products': dict(
        about='Where do we make money? Countries, hours, products.',
        filters=['date', 'country'],
        rows=[
            (54, [(dict(kind='world_map', title='Revenue by country', dataset='mart_country', group=['iso2'], measures=['revenue_total', 'orders_total'],
                        about='Circles: orders. Countries without an ISO code are in the table only.'), 7),
                  (pie('Share of revenue', 'mart_country', 'country', 'revenue_total', 'Countries by revenue, before returns.'), 5)]),
            (54, [(table('Countries', 'mart_country', ['country', 'revenue', 'revenue_share', 'orders', 'aov', 'customers', 'revenue_mom'], ('revenue', False),
                         'Last month: the last whole month against the one before.'), 7),
                  (heatmap('When do people order?', 'busy_hours', 'hour', 'weekday', 'revenue_total', 'Revenue by hour and weekday.'), 5)]),
            (54, [(table('Top products', 'mart_product', ['revenue_rank', 'description', 'stock_code', 'revenue', 'revenue_share', 'units', 'orders', 'returns', 'tier'],
                         ('revenue_rank', True), 'Products by revenue, before returns.', page=20), 7),
                  (line('Pareto curve', 'mart_product', ['cumulative'], 'The share of revenue that the first products bring, by tier.', x='revenue_rank', group=['tier'], bounds=[0, 1]), 5)]),
            (46, [(bars('Products by tier', 'mart_product', ['products'], 'How many products make the first 80 %, the next 15 % and the rest of revenue.', x='tier'), 3),
                  (line('Top products by week', 'product_trend', ['revenue_total'], 'The ten products with the highest revenue.', grain='P1W', group=['product'], series=10), 5),
                  (line('Top countries by month', 'mart_country_monthly', ['revenue_total'], 'The largest five; the last month may be a running one.', grain='P1M',
                        group=['country'], series=5), 4)]),
        ]),
    'Customers': dict(
        about='Who are our best customers, and which are we about to lose?',
        filters=['country'],
        rows=[
            (50, [(pie('Customers by segment', 'mart_rfm_segment', 'segment', 'customers_total', 'Identified customers by segment.'), 4),
                  (pie('Revenue by segment', 'mart_rfm_segment', 'segment', 'revenue_total', 'What each segment has spent, net of returns.'), 4),
                  (bars('What customers have spent', 'customer_value', ['customers_total'], 'Customers by what they spent in all, net of returns.', x='band'), 4)]),
            (54, [(table('Segments and what to do', 'mart_rfm_segment',
                         ['segment', 'customers', 'customer_share', 'revenue_share', 'avg_recency_days', 'avg_frequency', 'avg_monetary', 'action'],
                         ('revenue_share', False), 'Recency, frequency and money scored from 1 to 5 against all customers.'), 12)]),
            (54, [(heatmap('Do they come back?', 'retention', 'months_later', 'cohort', 'retained',
                           'Of the customers who first bought in a month, the share who bought again that many months later.', values=True), 6),
                  (table('Top customers', 'mart_rfm', ['customer_id', 'country', 'monetary', 'frequency', 'recency_days', 'segment'], ('monetary', False),
                         'Identified customers by what they spent, net of returns.', page=20), 6)]),
        ]),
    "What's next, what broke": dict(
        about='What do we need next week, and did something break?',
        filters=['date', 'metric'],
        rows=[
            (54, [(line('Actual and forecast', 'mart_forecast_band', ['Actual', 'Actual__yhat', 'Actual__yhat_lower', 'Actual__yhat_upper'],
                        'The metric chosen on the left. The band is meant to hold four of five days.', grain='P1D', where=TOTAL), 12)]),
            (40, [(table('The days ahead', 'forecast_days', ['date', 'yhat', 'yhat_lower', 'yhat_upper', 'method'], ('date', True),
                         'Expected, and the band that holds four of five days.', where=TOTAL), 5),
                  (table('The next week and the next four', 'forecast_totals', ['metric', 'horizon', 'from_date', 'to_date', 'yhat', 'yhat_lower', 'yhat_upper', 'method'],
                         [('horizon', True), ('metric', True)], 'The sum of the days, with the band that holds four of five such sums; all metrics.', apart=True), 7)]),
            (46, [(bars('Forecast by country', 'forecast_by_country', ['expected'], 'Revenue of the days ahead; the countries add up to the total.', grain='P1D',
                        group=['country'], stack=True, apart=True), 6),
                  (table('Pieces for four weeks', 'forecast_products', ['stock_code', 'description', 'yhat', 'yhat_upper', 'from_date', 'to_date'], ('yhat', False),
                         'Products of tier A by the pieces that the four weeks after the last whole week will want; stock up to "at most" lasts in nine of ten cases.',
                         page=20, apart=True), 6)]),
            (46, [(line('Forecasts and what came', 'forecast_scored', ['came', 'said'],
                        'From the archive: the mean of what was forecast in the week before each day, and what came.', grain='P1D'), 7),
                  (bars('Error by days ahead', 'forecast_lead', ['error'], 'Mean error of the archived forecasts, as a share of what came.', x='lead'), 5)]),
            (46, [(table('How right were we?', 'mart_forecast_accuracy',
                         ['metric', 'method', 'horizon', 'origins', 'accuracy', 'wape', 'coverage', 'recent_error', 'usual_error', 'is_drifting'],
                         [('horizon', True), ('accuracy', False)],
                         'Accuracy of the total over the days ahead, over past forecasts, by method; "auto" is what the charts above show.', where=TOTAL), 12)]),
            (60, [(table('Alerts', 'alerts', ['date', 'level', 'severity', 'metric', 'entity', 'direction', 'actual', 'expected', 'deviation', 'impact', 'driver', 'status'],
                         [('date', False), ('level', False)], 'Days that were not as expected, the gravest of a day first; impact is actual less expected.', colours=('level', SEVERITY_COLOURS),
                         apart=True), 12)]),
            (46, [(bars('Alerts by severity', 'alerts', ['alerts_total'], 'Alerts by month and severity.', grain='P1M', group=['severity'], stack=True, apart=True), 5),
                  (table('What became of the raw lines', 'data_quality', ['rule', 'description', 'rows', 'amount'], ('rows', False),
                         'Sales, returns and charges are facts; a line that a rule rejects is kept with the reason.'), 7)]),
        ]),
}
