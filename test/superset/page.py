"""Opens the page of dashboard_html in headless Chromium: light, dark, on a phone, on paper.

usage: page.py SCREENSHOT_FOLDER      the database by PGHOST and friends; the page is read as bi_reader

Nothing but the page itself may be requested, the console must stay silent, every chart must be drawn, nothing may stick
out of a phone's screen, text must have a contrast of 4.5 : 1 in light and dark, figures must be those of the marts.
Last line: "N passed, N failed".
"""
import pathlib
import re
import sys

import psycopg2
from playwright.sync_api import sync_playwright

VIEWS = {'light': (1200, 'light'), 'dark': (1200, 'dark'), 'phone': (390, 'light')}
# (selector, SQL for its text)
TEXTS = [
    ('#kpi .card:nth-child(1) .figure', "SELECT '£' || to_char(current_value, 'FM999,999,999,990') FROM mart_kpi WHERE comparison = 'last28_vs_prev28' AND kpi = 'revenue'"),
    ('#kpi .card:nth-child(4) .figure', "SELECT to_char(current_value, 'FM999,999,990') FROM mart_kpi WHERE comparison = 'last28_vs_prev28' AND kpi = 'customers'"),
    ('#countries tbody tr:nth-child(1) td:nth-child(4)', "SELECT '£' || to_char(revenue, 'FM999,999,999,990') FROM mart_country WHERE revenue_rank = 1"),
    ('#products tbody tr:nth-child(1) th .soft', 'SELECT stock_code FROM mart_product WHERE revenue_rank = 1'),
    ('#segments tbody tr:nth-child(1) td:nth-child(2)', "SELECT to_char(customers, 'FM999,990') FROM mart_rfm_segment WHERE segment = 'Champions'"),
]
SHAPES = """() => [...document.querySelectorAll('svg.chart > svg')].map(s => {
    const b = [...s.children].map(e => e.getBoundingClientRect()).filter(r => r.width > 0 || r.height > 0);
    return Math.max(...b.map(r => r.right)) - Math.min(...b.map(r => r.left)) > 0.5 * s.parentElement.getBoundingClientRect().width; })"""
STICKS_OUT = """() => [...document.querySelectorAll('body *')].filter(e => !e.closest('.scroll *') && e.getBoundingClientRect().right > innerWidth + 1)
    .map(e => e.outerHTML.slice(0, 80))"""
# On paper nothing scrolls, on a wide screen nothing needs to: a table must stay in its column.
WIDE = """() => [...document.querySelectorAll('.scroll')].filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.outerHTML.slice(0, 80))"""
# Text whose colour is too near that of what lies behind it; cells of a heatmap are half transparent.
PALE = """() => {
    const rgb = c => c.match(/[\\d.]+/g).map(Number);
    const lum = c => { const f = v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; return 0.2126 * f(c[0]) + 0.7152 * f(c[1]) + 0.0722 * f(c[2]); };
    const behind = e => { const c = rgb(getComputedStyle(e).backgroundColor), a = c.length > 3 ? c[3] : 1;
        if (a === 1 || !e.parentElement) return c; const b = behind(e.parentElement); return [0, 1, 2].map(i => a * c[i] + (1 - a) * b[i]); };
    return [...document.querySelectorAll('body *')].filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) && !e.closest('title, desc')).filter(e => {
        const s = getComputedStyle(e), t = rgb(e.closest('svg') ? s.fill : s.color), b = behind(e.closest('svg') ? e.closest('section, .card') : e), [x, y] = [lum(t), lum(b)].sort((p, q) => q - p);
        return (x + 0.05) / (y + 0.05) < 4.5; }).map(e => e.outerHTML.slice(0, 100)); }"""
HOSTILE = '''"><script>console.log(1)</script><img src="http://127.0.0.1:9/x" onerror="console.log(2)"/><svg onload='console.log(3)'>'''
passed = failed = 0


def check(good, what):
    global passed, failed
    passed, failed = passed + bool(good), failed + (not good)
    if not good:
        print('FAILED:', what)


def open_page(browser, name, address, width=1200, scheme='light'):
    page = browser.new_page(viewport={'width': width, 'height': 900}, color_scheme=scheme)
    said, asked = [], []
    page.on('console', lambda message: said.append(message.text))
    page.on('pageerror', lambda error: said.append(str(error)))
    page.on('request', lambda request: asked.append(request.url))
    page.goto(address, wait_until='networkidle')
    check(asked == [address], f'{name}: requested {asked}')
    check(not said, f'{name}: the console says {said}')
    return page


def look(browser, name, address, folder, figures):
    page = open_page(browser, name, address, *VIEWS[name])
    page.screenshot(path=folder / f'page_{name}.png', full_page=True)
    drawn = page.evaluate(SHAPES)
    check(len(drawn) == 5 and all(drawn), f'{name}: charts drawn over their width: {drawn}')
    for what, script in ('stick out', STICKS_OUT), ('are pale', PALE):
        found = page.evaluate(script)
        check(not found, f'{name}: {len(found)} elements {what}, such as {found[:3]}')
    for selector, figure in figures:
        text = page.locator(selector).first.inner_text()
        check(text == figure, f'{name}: {selector} is "{text}", not "{figure}"')
    if name == 'dark':
        check(page.evaluate("getComputedStyle(document.body).backgroundColor") == 'rgb(20, 22, 26)', 'dark: the page is not dark')
    if name == 'light':
        paper = page.pdf(path=folder / 'page.pdf', prefer_css_page_size=True)
        sheets = len(re.findall(rb'/Type\s*/Page\b', paper))
        check(1 <= sheets <= 12 and re.search(rb'/MediaBox \[0 0 59[45]', paper), f'paper: {sheets} sheets, not of A4')
        for media, width in (('screen', 1200), ('print', 695)):
            page.emulate_media(media=media)
            page.set_viewport_size({'width': width, 'height': 900})
            found = page.evaluate(WIDE)
            check(not found, f'{media}: {len(found)} tables are too wide, such as {found[:3]}')
    page.close()


folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
connection = psycopg2.connect('')
cursor = connection.cursor()
# What a hostile load or note may hold; taken back below.
cursor.execute('''INSERT INTO shop.mart_anomaly (anomaly_id, metric, dimension, entity, date, grain, severity, is_anomaly, explanation, status, note, run_id)
    SELECT 'hostile', 'revenue', 'product', %(text)s, max(date), 'day', 'critical', true, %(text)s, 'acknowledged', %(text)s, 1 FROM shop.mart_daily_sales''', {'text': HOSTILE})
cursor.execute("SELECT dashboard_html('shop')")
hostile = cursor.fetchone()[0]
connection.rollback()
check(HOSTILE.replace('<', '&lt;').replace('>', '&gt;').replace('"', '&quot;').replace("'", '&#39;') in hostile, 'the hostile text is not on the page')
(folder / 'page_hostile.html').write_text(hostile, encoding='utf-8')
cursor.execute("SET ROLE bi_reader")
cursor.execute("SELECT dashboard_html('shop')")
html = cursor.fetchone()[0]
(folder / 'page.html').write_text(html, encoding='utf-8')
cursor.execute('SET search_path = shop')
figures = []
for selector, query in TEXTS:
    cursor.execute(query)
    figures.append((selector, cursor.fetchone()[0]))
with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path='/usr/bin/chromium', args=['--no-sandbox'])
    for name in VIEWS:
        look(browser, name, (folder / 'page.html').resolve().as_uri(), folder, figures)
    open_page(browser, 'hostile', (folder / 'page_hostile.html').resolve().as_uri()).close()
    browser.close()
print(f'{passed} passed, {failed} failed')
sys.exit(failed > 0 or passed == 0)
