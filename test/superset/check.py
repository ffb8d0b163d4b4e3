"""Opens every dashboard in headless Chromium and compares what it shows with SQL.

usage: check.py BASE_URL PASSWORD SCREENSHOT_FOLDER      the database by PGHOST and friends

A chart must come without an error and with rows; what is drawn on a canvas must not be blank; no request to Superset may
fail; the browser's console may say only what console_allowed.txt lists with a reason. Figures of big numbers and tables
are read off the page, those of drawn charts off the data that the page received. Each filter is applied once. The SQL that
Superset sent for each chart must be that of queries.sql, which load.sh measures; UPDATE_QUERIES=1 writes that file anew.
Last line: "N passed, N failed".
"""
import decimal
import os
import pathlib
import re
import sys
import time

import psycopg2
from playwright.sync_api import sync_playwright

HERE = pathlib.Path(__file__).parent
DASHBOARDS = ['executive_overview', 'markets_and_products', 'customers', 'what_s_next_what_broke']
WAIT = 120
LAST = '(SELECT max(date) FROM mart_daily_sales)'
WEEK = f'date > {LAST} - 7'

# (dashboard, chart, SQL for one text that the chart must show)
TEXTS = [
    ('executive_overview', 'Revenue of seven days', f"SELECT '£ ' || to_char(sum(revenue), 'FM999,999,999,990') FROM mart_daily_sales WHERE {WEEK}"),
    ('executive_overview', 'Revenue of seven days', f"""SELECT to_char(100 * (sum(revenue) FILTER (WHERE {WEEK}) / sum(revenue) FILTER (WHERE NOT {WEEK}) - 1), 'FMSG990.0') || '%'
        FROM mart_daily_sales WHERE date > {LAST} - 14"""),
    ('executive_overview', 'Orders of seven days', f"SELECT to_char(sum(orders), 'FM999,999,990') FROM mart_daily_sales WHERE {WEEK}"),
    ('executive_overview', 'Average order value', f"SELECT '£ ' || to_char(sum(revenue) / sum(orders), 'FM999,990.00') FROM mart_daily_sales WHERE {WEEK}"),
    ('executive_overview', 'Customers a day', f"SELECT to_char(avg(customers), 'FM999,990.0') FROM mart_daily_sales WHERE {WEEK}"),
    ('executive_overview', 'Month over month', "SELECT '£ ' || to_char(revenue, 'FM999,999,999,990') FROM mart_monthly_sales ORDER BY month DESC LIMIT 1"),
    ('executive_overview', 'Month over month', "SELECT to_char(100 * revenue_mom, 'FMSG990.0') || '%' FROM mart_monthly_sales ORDER BY month DESC LIMIT 1"),
    ('executive_overview', 'Month over month', "SELECT CASE WHEN is_complete THEN 'whole month' ELSE days || ' days, against as many days before' END FROM mart_monthly_sales ORDER BY month DESC LIMIT 1"),
    ('executive_overview', 'How fresh is this?', f"SELECT to_char({LAST}, 'YYYY-MM-DD')"),
    ('markets_and_products', 'Countries', "SELECT '£ ' || to_char(revenue, 'FM999,999,999,990') FROM mart_country ORDER BY revenue DESC LIMIT 1"),
    ('markets_and_products', 'Countries', "SELECT to_char(100 * revenue_share, 'FM990.0') || '%' FROM mart_country ORDER BY revenue DESC LIMIT 1"),
    ('markets_and_products', 'Countries', "SELECT '£ ' || to_char(aov, 'FM999,990.00') FROM mart_country ORDER BY revenue DESC OFFSET 1 LIMIT 1"),
    ('markets_and_products', 'Top products', "SELECT '£ ' || to_char(revenue, 'FM999,999,999,990') FROM mart_product WHERE revenue_rank = 1"),
    ('markets_and_products', 'Top products', 'SELECT stock_code FROM mart_product WHERE revenue_rank = 2'),
    ('customers', 'Segments and what to do', "SELECT to_char(customers, 'FM999,990') FROM mart_rfm_segment WHERE segment = 'Champions'"),
    ('customers', 'Segments and what to do', "SELECT to_char(100 * revenue_share, 'FM990.0') || '%' FROM mart_rfm_segment WHERE segment = 'Champions'"),
    ('customers', 'Segments and what to do', "SELECT action FROM mart_rfm_segment WHERE segment = 'Champions'"),
    ('customers', 'Top customers', 'SELECT customer_id::text FROM mart_rfm ORDER BY monetary DESC LIMIT 1'),
    ('customers', 'Top customers', "SELECT '£ ' || to_char(monetary, 'FM999,999,999,990') FROM mart_rfm ORDER BY monetary DESC LIMIT 1"),
    ('what_s_next_what_broke', 'The days ahead', "SELECT to_char(yhat, 'FM999,999,990') FROM mart_forecast WHERE is_future AND metric = 'revenue' AND dimension = 'total' ORDER BY yhat DESC LIMIT 1"),
    ('what_s_next_what_broke', 'How right were we?', "SELECT to_char(100 * accuracy, 'FM990.0') || '%' FROM mart_forecast_accuracy WHERE metric = 'revenue' AND dimension = 'total' AND method = 'auto' AND horizon = 7"),
    ('what_s_next_what_broke', 'How right were we?', "SELECT to_char(100 * coverage, 'FM990.0') || '%' FROM mart_forecast_accuracy WHERE metric = 'revenue' AND dimension = 'total' AND method = 'auto' AND horizon = 7"),
    ('what_s_next_what_broke', 'The next week and the next four', "SELECT to_char(yhat, 'FM999,999,990') FROM mart_forecast_total WHERE metric = 'revenue' AND dimension = 'total' AND horizon = 28"),
    ('what_s_next_what_broke', 'The next week and the next four', "SELECT to_char(yhat_upper, 'FM999,999,990') FROM mart_forecast_total WHERE metric = 'orders' AND dimension = 'total' AND horizon = 7"),
    ('what_s_next_what_broke', 'Pieces for four weeks', "SELECT to_char(yhat, 'FM999,999,990') FROM mart_forecast_total WHERE metric = 'units' AND dimension = 'product' AND horizon = 28 ORDER BY yhat DESC LIMIT 1"),
    ('what_s_next_what_broke', 'Alerts', "SELECT to_char(expected, 'FM999,999,990') FROM mart_anomaly WHERE is_anomaly ORDER BY date DESC, array_position('{critical,high,medium,low}', severity) LIMIT 1"),
    ('what_s_next_what_broke', 'What became of the raw lines', "SELECT to_char(sum(rows), 'FM999,999,990') FROM mart_data_quality GROUP BY rule ORDER BY sum(rows) DESC LIMIT 1"),
]
# (dashboard, chart, aggregate of the received rows, column, SQL for the same)
DATA = [
    ('executive_overview', 'Revenue and its 7-day mean', 'sum', 'revenue_total', 'SELECT sum(revenue) FROM mart_daily_sales'),
    ('executive_overview', 'Revenue and its 7-day mean', 'max', 'revenue_mean7', 'SELECT max(revenue_ma7) FROM mart_daily_sales'),
    ('executive_overview', 'Revenue by month', 'sum', 'net_total', 'SELECT sum(net_revenue) FROM mart_monthly_sales'),
    ('executive_overview', 'New and returning customers', 'sum', 'new_total', 'SELECT sum(new_customers) FROM mart_daily_sales'),
    ('markets_and_products', 'Revenue by country', 'sum', 'm1', 'SELECT sum(revenue) FROM mart_country'),
    ('markets_and_products', 'Share of revenue', 'sum', 'revenue_total', 'SELECT sum(revenue) FROM mart_country'),
    ('markets_and_products', 'Share of revenue', 'max', 'revenue_total', 'SELECT max(revenue) FROM mart_country'),
    ('markets_and_products', 'When do people order?', 'sum', 'revenue_total', 'SELECT sum(revenue) FROM mart_hour_weekday'),
    ('markets_and_products', 'Pareto curve', 'count', None, 'SELECT count(*) FROM mart_product'),
    ('markets_and_products', 'Products by tier', 'sum', 'products', 'SELECT count(*) FROM mart_product'),
    ('customers', 'Customers by segment', 'sum', 'customers_total', 'SELECT count(*) FROM mart_rfm'),
    ('customers', 'Revenue by segment', 'sum', 'revenue_total', 'SELECT sum(monetary) FROM mart_rfm'),
    ('customers', 'What customers have spent', 'sum', 'customers_total', 'SELECT count(*) FROM mart_rfm'),
    ('customers', 'Do they come back?', 'max', 'retained', 'SELECT max(retention) FROM mart_cohort WHERE month_offset > 0'),
    ('what_s_next_what_broke', 'Actual and forecast', 'max', 'Actual__yhat_upper', "SELECT max(yhat_upper) FROM mart_forecast WHERE metric = 'revenue' AND dimension = 'total'"),
    ('what_s_next_what_broke', 'Forecast by country', 'sum', None, "SELECT sum(yhat) FROM mart_forecast WHERE metric = 'revenue' AND dimension = 'total' AND is_future"),
    ('what_s_next_what_broke', 'Forecasts and what came', 'sum', 'came', "SELECT sum(y) FROM (SELECT max(actual) AS y FROM mart_forecast_scored WHERE metric = 'revenue' AND dimension = 'total' AND method = 'auto' AND lead <= 7 GROUP BY date) AS q"),
    ('what_s_next_what_broke', 'Error by days ahead', 'max', 'error', "SELECT max(wape) FROM mart_forecast_lead WHERE metric = 'revenue' AND dimension = 'total' AND method = 'auto'"),
    ('what_s_next_what_broke', 'Alerts by severity', 'sum', None, 'SELECT count(*) FROM mart_anomaly WHERE is_anomaly'),
]
CANVAS = {'echarts_timeseries_line', 'echarts_timeseries_bar', 'pie', 'heatmap_v2'}
HOLDERS = '.dashboard-component-chart-holder'
# Charts in all, and those that are not drawn yet.
STATE = f"""() => {{ const all = [...document.querySelectorAll('{HOLDERS}')];
    return [all.length, all.filter(e => e.querySelector('.loading, [aria-label=Loading], .ant-skeleton') || !e.querySelector('.slice_container')).length]; }}"""
# A blank canvas has one colour.
IS_DRAWN = """e => [...e.querySelectorAll('canvas')].some(c => { const d = new Uint32Array(c.getContext('2d').getImageData(0, 0, c.width, c.height).data.buffer);
    return d.some(p => p !== d[0]); })"""


class Check:
    def __init__(self, base, password, folder):
        self.base, self.password, self.folder = base, password, pathlib.Path(folder)
        self.passed = self.failed = 0
        self.console, self.broken, self.answers, self.queries = [], [], {}, {}
        self.allowed = [line.split('\t')[0] for line in (HERE / 'console_allowed.txt').read_text().splitlines() if line and not line.startswith('#')]
        self.database = psycopg2.connect('')
        self.database.autocommit = True
        with self.database.cursor() as cursor:
            cursor.execute('SET search_path = shop, public')

    def judge(self, ok, what, detail=''):
        self.passed, self.failed = self.passed + bool(ok), self.failed + (not ok)
        if not ok:
            print(f'not ok: {what}: {detail}')

    def sql(self, query):
        with self.database.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchone()[0]

    def watch(self, page):
        page.on('console', lambda message: self.console.append(f"{message.text} {message.location['url']}") if message.type == 'error' else None)
        page.on('response', self.keep)
        page.on('requestfailed', lambda request: self.broken.append(f'{request.url}: {request.failure}')
                if request.url.startswith(self.base) and 'ERR_ABORTED' not in (request.failure or '') else None)

    def keep(self, response):
        if response.url.startswith(self.base) and response.status >= 400:
            self.broken.append(f'{response.url}: status {response.status}')
        elif '/api/v1/chart/data' in response.url and response.request.post_data:
            self.answers.setdefault(response.request.post_data_json['form_data'].get('slice_id'), []).append(response)
        elif '/explore_json/' in response.url:
            self.answers.setdefault(response.json()['form_data'].get('slice_id'), []).append(response)

    def parts(self, chart):
        """What the page last received for a chart; a world map comes by an older interface."""
        answers = self.answers.get(chart, [])[-1:]
        return [part for answer in answers for part in answer.json().get('result', [answer.json()])]

    def rows(self, chart):
        return [row for part in self.parts(chart) for row in part['data']]

    def log_in(self, page):
        page.goto(self.base + '/login/')
        page.fill('#username', 'admin')
        page.fill('#password', self.password)
        page.keyboard.press('Enter')
        page.wait_for_url('**/superset/welcome/**', timeout=WAIT * 1000)
        page.wait_for_load_state('networkidle')

    def open(self, page, slug, query=''):
        """The charts of the dashboard, all drawn: name -> (kind, rows received, element)."""
        self.answers = {}
        page.goto(f'{self.base}/superset/dashboard/{slug}/{query}')
        page.wait_for_selector(HOLDERS, timeout=WAIT * 1000)
        height = page.evaluate("() => document.querySelector('.grid-content').scrollHeight")
        page.set_viewport_size({'width': 1600, 'height': int(height) + 300})
        return self.settle(page, slug)

    def settle(self, page, slug):
        page.wait_for_load_state('networkidle')
        end = time.monotonic() + WAIT
        while True:
            charts, waiting = page.evaluate(STATE)
            if charts and not waiting:
                break
            if time.monotonic() > end:
                self.judge(False, slug, f'{waiting} of {charts} charts are not drawn after {WAIT} s')
                break
            page.wait_for_timeout(200)
        page.wait_for_load_state('networkidle')
        result = {}
        for chart in page.request.get(f'{self.base}/api/v1/dashboard/{slug}/charts').json()['result']:
            result[chart['slice_name']] = (chart['form_data']['viz_type'], self.rows(chart['id']), page.locator(f".dashboard-component-chart-holder:has([data-test-chart-id='{chart['id']}'])").first)
        return result

    def figures(self, slug, charts):
        for dashboard, name, query in TEXTS:
            if dashboard == slug:
                expected, shown = self.sql(query), ' '.join(charts[name][2].inner_text().split())
                self.judge(expected and expected in shown, f'{slug}, {name}', f'{expected!r} is not in {shown[:200]!r}')
        for dashboard, name, aggregate, column, query in DATA:
            if dashboard == slug:
                rows, expected = charts[name][1], decimal.Decimal(str(self.sql(query)))
                # Without a column: all measures of a row, which has one for each group, beside its date in milliseconds.
                values = [decimal.Decimal(str(value)) for row in rows for key, value in row.items()
                          if value is not None and (key == column or column is None and key not in ('date', 'month'))] if aggregate != 'count' else []
                value = decimal.Decimal(len(rows)) if aggregate == 'count' else {'sum': sum, 'max': max}[aggregate](values or [decimal.Decimal(0)])
                self.judge(abs(value - expected) <= abs(expected) * decimal.Decimal('1e-9'), f'{slug}, {name}', f'{aggregate} of {column} is {value}, SQL says {expected}')

    def keep_queries(self, page, slug):
        for chart in page.request.get(f'{self.base}/api/v1/dashboard/{slug}/charts').json()['result']:
            for number, part in enumerate(self.parts(chart['id'])):
                sql = '\n'.join(line.rstrip() for line in part['query'].rstrip().rstrip(';').splitlines() if line.strip())
                self.queries[f"{slug}, {chart['slice_name']}{f', {number + 1}' if number else ''}"] = sql

    def compare_queries(self):
        file = HERE / 'queries.sql'
        if os.environ.get('UPDATE_QUERIES'):
            head = '-- What Superset sends for the charts of each dashboard as it opens; written by check.py.\n'
            file.write_text(head + ''.join(f'\n-- {name}\n{sql};\n' for name, sql in self.queries.items()), encoding='utf-8')
        known = dict(re.findall(r'^-- (.*, .*)\n((?:(?!-- ).*\n)+?)(?=\n|\Z)', file.read_text(encoding='utf-8'), re.M))
        for name in sorted(known.keys() | self.queries.keys()):
            self.judge(known.get(name, '').rstrip().rstrip(';') == self.queries.get(name), f'queries.sql, {name}',
                       f'Superset sends {self.queries.get(name)}')

    def dashboard(self, page, slug):
        charts = self.open(page, slug)
        self.keep_queries(page, slug)
        for name, (kind, rows, element) in charts.items():
            text = element.inner_text()
            self.judge(element.locator('[role=alert], .ant-alert-error').count() == 0, f'{slug}, {name}', f'an error: {text[:300]}')
            self.judge(len(rows) > 0, f'{slug}, {name}', 'no rows')
            if kind in CANVAS:
                self.judge(element.evaluate(IS_DRAWN), f'{slug}, {name}', 'its canvas is blank')
        self.figures(slug, charts)
        page.screenshot(path=self.folder / f'{slug}.png')
        print(f'{slug}: {len(charts)} charts')

    def filters(self, page):
        start, end = self.sql("SELECT to_char(month, 'YYYY-MM-DD') || ' ' || to_char(month + interval '1 month', 'YYYY-MM-DD') FROM mart_monthly_sales ORDER BY month OFFSET 1 LIMIT 1").split()
        window = f"'{start} : {end}'"
        charts = self.open(page, 'executive_overview',
                           f"?native_filters=(NATIVE_FILTER-date:(extraFormData:(time_range:{window}),filterState:(value:{window}),id:NATIVE_FILTER-date,ownState:()))")
        days = len(charts['Revenue and its 7-day mean'][1])
        self.judge(days == self.sql(f"SELECT count(*) FROM mart_daily_sales WHERE date >= '{start}' AND date < '{end}'"), 'filter Dates', f'{days} days')

        country = self.sql('SELECT country FROM mart_country ORDER BY revenue DESC OFFSET 1 LIMIT 1')
        self.open(page, 'markets_and_products')
        charts = self.choose(page, 'markets_and_products', 'Country', country)
        self.judge([row['country'] for row in charts['Countries'][1]] == [country], 'filter Country', charts['Countries'][1][:3])

        self.open(page, 'what_s_next_what_broke')
        charts = self.choose(page, 'what_s_next_what_broke', 'Metric', 'orders')
        expected = decimal.Decimal(str(self.sql("SELECT max(actual) FROM mart_forecast WHERE metric = 'orders' AND dimension = 'total'")))
        actual = max(decimal.Decimal(str(row['Actual'])) for row in charts['Actual and forecast'][1] if row['Actual'] is not None)
        self.judge(actual == expected, 'filter Metric', f'{actual}, SQL says {expected}')

    def choose(self, page, slug, name, value):
        self.answers = {}
        box = page.locator("[data-test='filter-bar'], [data-test='filterbar-orientation-vertical'], .filter-bar").first
        box.locator('.ant-select').last.click()
        page.keyboard.type(value)
        page.locator(f".ant-select-item-option[title='{value}']").first.click()
        page.keyboard.press('Escape')
        page.get_by_role('button', name='Apply filters').click()
        return self.settle(page, slug)

    def run(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path='/usr/bin/chromium', args=['--no-sandbox', '--disable-gpu'])
            page = browser.new_page(viewport={'width': 1600, 'height': 1200}, bypass_csp=True)
            page.set_default_timeout(WAIT * 1000)
            self.watch(page)
            self.log_in(page)
            for slug in DASHBOARDS:
                self.dashboard(page, slug)
            self.filters(page)
            browser.close()
        self.compare_queries()
        self.judge(not self.broken, 'requests', self.broken[:5])
        unknown = [text for text in self.console if not any(re.search(pattern, text) for pattern in self.allowed)]
        self.judge(not unknown, 'the console', unknown[:5])
        print(f'{self.passed} passed, {self.failed} failed')
        return self.failed


if __name__ == '__main__':
    sys.exit(1 if Check(*sys.argv[1:4]).run() else 0)
