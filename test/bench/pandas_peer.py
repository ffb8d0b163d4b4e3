#!/usr/bin/env python3
"""The peer of `make bench` in pandas: the same work as a refresh of a fresh warehouse, from a CSV file in memory to all sales marts.

usage: pandas_peer.py [--categories] COUNTRIES.csv FILE.csv
    FILE.csv holds the eight raw columns, COUNTRIES.csv the warehouse's table country, both with a header line

Prints "name value" lines: seconds of the process and of the wall from CSV-in-memory to marts, and gross, net, sales,
customers, reversals, so that the bench can see that the same was computed.

Written as a good pandas user writes: vectorised, text cleaned with .str and then kept as categories, which are the keys of
the star; money in int64 of 1/10,000; order counts from a table of orders. --categories reads text as categories at
once and cleans each distinct value once, which is the fastest way known to us.

It has what a refresh leaves behind: facts with an identity of 128 bits (two keyed 64-bit hashes, which pandas computes fast;
MD5 it has not) and the number of the line among its copies; rejects as they came, with rule and reason; dimensions with ISO
codes; all marts. It has not, all to its own advantage: tables on disk, keys and indexes, so that nothing is written anywhere and
a second load would begin anew; dates like 12/1/2010 8:26 in the same column as others; the column that a reject fails at.
"""
import io
import sys
import time

import numpy as np
import pandas as pd

COLUMNS = ['invoice', 'product', 'description', 'quantity', 'order_ts', 'price', 'customer', 'country']
TEXTS = ['invoice', 'product', 'description', 'order_ts', 'country']
CHARGES = r'POST|DOT|C2|M|D|S|B|PADS|AMAZONFEE|BANK CHARGES|CRUK|GIFT_.*'
DAY = pd.Timedelta(days=1)
FACTS = ['sale', 'return', 'charge', 'charge_credit']
REASONS = {'duplicate': 'copy of an earlier line', 'positive_credit': 'credit note whose quantity is not negative', 'zero_price': 'unit price is zero or negative',
           'stock_adjustment': 'quantity is zero or negative and the invoice is no credit note'}
# Rows: R from 1 to 5; columns: (F + M + 1) / 2 from 1 to 5.
SEGMENTS = np.array([
    ['Lost', 'Hibernating', 'At Risk', 'At Risk', 'Cannot Lose Them'],
    ['Hibernating', 'Hibernating', 'At Risk', 'At Risk', 'At Risk'],
    ['About To Sleep', 'About To Sleep', 'Need Attention', 'Loyal Customers', 'Loyal Customers'],
    ['Promising', 'Potential Loyalists', 'Potential Loyalists', 'Loyal Customers', 'Champions'],
    ['New Customers', 'Potential Loyalists', 'Potential Loyalists', 'Champions', 'Champions']])


def normalise(column, clean):
    """The column trimmed and cleaned, '' missing, as categories; one that comes as categories is cleaned once per distinct value."""
    is_coded = isinstance(column.dtype, pd.CategoricalDtype)
    cleaned = clean(pd.Series(column.cat.categories if is_coded else column, dtype=object).str.strip())
    codes, names = pd.factorize(cleaned.where(cleaned != ''))
    return pd.Categorical.from_codes(np.append(codes, -1)[column.cat.codes] if is_coded else codes, names)


def parse_times(column):
    if not isinstance(column.dtype, pd.CategoricalDtype):
        return pd.to_datetime(column, errors='coerce')
    times = pd.to_datetime(pd.Series(column.cat.categories), errors='coerce')
    return np.append(times.to_numpy(), np.datetime64('NaT'))[column.cat.codes]


def parse(data, text_type):
    raw = pd.read_csv(io.BytesIO(data), header=0, names=COLUMNS, dtype={name: text_type for name in TEXTS},
                      keep_default_na=False, na_values=[''])
    return raw, pd.DataFrame({
        'invoice': normalise(raw.invoice, lambda s: s),
        'product': normalise(raw['product'], lambda s: s.str.upper()),
        'description': normalise(raw.description, lambda s: s.str.replace(r'\s+', ' ', regex=True)),
        'country': normalise(raw.country, lambda s: s),
        'order_ts': parse_times(raw.order_ts),
        'quantity': pd.to_numeric(raw.quantity, errors='coerce'),
        'price': (pd.to_numeric(raw.price, errors='coerce') * 10000).round(),
        'customer': pd.to_numeric(raw.customer, errors='coerce')})


def classify(lines):
    """Exactly one class per line, in the warehouse's order of precedence."""
    required = ['invoice', 'product', 'order_ts', 'quantity', 'price']
    codes = lines.assign(**{name: lines[name].cat.codes for name in ['invoice', 'product', 'description', 'country']})
    is_credit = lines.invoice.isin([i for i in lines.invoice.cat.categories if i[0] in 'Cc'])
    names = pd.Series(lines['product'].cat.categories)
    is_charge = lines['product'].isin(names[names.str.fullmatch(CHARGES)])
    return np.select(
        [lines[required].isna().any(axis=1), codes.duplicated(), is_credit & (lines.price <= 0), is_credit & is_charge,
         is_credit & (lines.quantity < 0), is_credit, lines.quantity <= 0, lines.price <= 0, is_charge],
        ['unparsable', 'duplicate', 'zero_price', 'charge_credit', 'return', 'positive_credit', 'stock_adjustment', 'zero_price', 'charge'],
        'sale')


def rejects(raw, lines):
    """The lines that are no facts, as they came, with rule and reason."""
    part = lines[~lines['class'].isin(FACTS)]
    is_missing = part[['invoice', 'product', 'order_ts', 'quantity', 'price']].isna()
    reason = part['class'].map(REASONS).where(part['class'] != 'unparsable', is_missing.idxmax(axis=1) + ' is missing or cannot be read')
    return raw.loc[part.index].assign(rule=part['class'], reason=reason, amount=part.quantity * part.price, row_hash=part.row_hash, row_hash_2=part.row_hash_2,
                                      occurrence=part.occurrence)


def star(lines):
    """Facts by class, with integer keys and int64 money; dimensions by name."""
    lines['class'] = classify(lines)
    lines['row_hash'] = pd.util.hash_pandas_object(lines[COLUMNS], index=False)
    lines['row_hash_2'] = pd.util.hash_pandas_object(lines[COLUMNS], index=False, hash_key='fedcba9876543210')
    lines['occurrence'] = lines.groupby('row_hash').cumcount() + 1
    accepted = lines[lines['class'].isin(FACTS)].copy()
    accepted['quantity'] = accepted.quantity.astype('int64')
    accepted['price'] = accepted.price.astype('int64')
    accepted['amount'] = accepted.quantity * accepted.price
    accepted['customer'] = accepted.customer.fillna(0).astype('int64')
    accepted['date'] = accepted.order_ts.dt.normalize()
    names = accepted[['product', 'description', 'country']]
    for name in ['invoice', 'product', 'country']:
        accepted[name] = accepted[name].cat.codes
    facts = {name: part.drop(columns=['description', 'class']) for name, part in accepted.groupby('class')}
    sales, returns = facts['sale'], facts['return']
    returns[['quantity', 'amount']] *= -1
    charges = pd.concat([facts[name] for name in ['charge', 'charge_credit'] if name in facts])
    return sales, returns, charges, accepted, names


def match_returns(sales, returns):
    """A return takes the latest sale of its group that is not taken yet: sales and returns pair up as brackets do."""
    group = ['customer', 'product', 'quantity', 'price']
    events = pd.concat([sales[group + ['order_ts', 'invoice']].assign(is_return=0), returns[group + ['order_ts', 'invoice']].assign(is_return=1)])
    events = events[events.customer != 0]
    keys = returns.loc[returns.customer != 0, group].drop_duplicates()
    keys['number'] = np.arange(len(keys))
    events = events.reset_index().merge(keys, on=group).sort_values(['number', 'order_ts', 'is_return', 'invoice', 'index'])
    events['level'] = (1 - 2 * events.is_return).groupby(events.number).cumsum() + events.is_return
    before = events.groupby(['number', 'level'])[['index', 'order_ts', 'is_return']].shift()
    pairs = events.assign(sale=before['index'], gap=events.order_ts - before.order_ts)[(events.is_return == 1) & (before.is_return == 0)]
    returns['match_kind'] = 'none'
    returns.loc[pairs['index'], 'match_kind'] = np.where(pairs.gap <= DAY, 'reversal_24h', 'matched')
    returns['matched_sale'] = pairs.set_index('index').sale
    sales['is_reversed'] = False
    sales.loc[pairs.sale[pairs.gap <= DAY].astype('int64'), 'is_reversed'] = True


def dimensions(sales, returns, accepted, names):
    goods = accepted['class'].isin(['sale', 'return'])
    used = pd.DataFrame({'product': accepted['product'], 'description': names.description.cat.codes, 'order_ts': accepted.order_ts,
                         'is_sale': accepted['class'] == 'sale'})[goods]
    seen = used.groupby('product').order_ts.agg(['min', 'max'])
    alias = used[used.description >= 0].groupby(['product', 'description']).agg(
        lines=('is_sale', 'size'), n=('is_sale', 'sum'), first_seen=('order_ts', 'min'), last_seen=('order_ts', 'max')).reset_index()
    alias['n_returns'] = alias.lines - alias.n
    alias['text'] = names.description.cat.categories.to_numpy()[alias.description]
    ranked = alias.sort_values(['product', 'n', 'n_returns', 'last_seen', 'text'], ascending=[True, False, False, False, True])
    product = seen.join(ranked.drop_duplicates('product').set_index('product').text) \
        .assign(stock_code=lambda d: names['product'].cat.categories.to_numpy()[d.index])
    product['n_descriptions'] = (alias.n > 0).groupby(alias['product']).sum()
    identified = sales[sales.customer != 0]
    latest = identified.sort_values(['order_ts', 'invoice'], kind='stable').drop_duplicates('customer', keep='last').set_index('customer').country
    days = pd.date_range(accepted.date.min(), accepted.date.max())
    calendar = pd.DataFrame({'date': days, 'month': days.to_period('M'), 'week': days.isocalendar().week.to_numpy(), 'isodow': days.dayofweek + 1,
                             'is_trading_day': days.isin(sales.date.unique())})
    return product, alias, latest, calendar


def order_table(sales):
    """One row per invoice, date, hour, customer and country: all counts of orders come from it."""
    sales['hour'] = sales.order_ts.dt.hour
    clean = sales.assign(clean=sales.amount.where(~sales.is_reversed, 0), lines_clean=~sales.is_reversed)
    orders = clean.groupby(['invoice', 'date', 'hour', 'customer', 'country'], sort=False).agg(
        revenue=('amount', 'sum'), revenue_clean=('clean', 'sum'), units=('quantity', 'sum'), lines=('amount', 'size'),
        lines_clean=('lines_clean', 'sum')).reset_index()
    orders['month'] = orders.date.dt.to_period('M')
    return orders


def sums(orders, key):
    """Money, units and distinct invoices and customers by key."""
    by = orders.groupby(key)
    cell = by[['revenue', 'units']].sum()
    cell['orders'] = by.invoice.nunique()
    cell['customers'] = orders[orders.customer != 0].groupby(key).customer.nunique()
    return cell.fillna({'customers': 0})


def daily(orders, returns, first_sale, calendar):
    by = orders.groupby('date')
    mart = sums(orders, 'date').assign(revenue_clean=by.revenue_clean.sum(), lines=by.lines.sum(),
                                       orders_clean=orders[orders.lines_clean > 0].groupby('date').invoice.nunique())
    mart['returns'] = returns.groupby('date').amount.sum()
    mart['new_customers'] = first_sale.value_counts()
    mart = mart.reindex(pd.Index(calendar.date)).fillna(0)
    mart['returns'] = returns.groupby('date').amount.sum().reindex(mart.index).fillna(0)
    mart['repeat_customers'] = mart.customers - mart.new_customers
    mart['net_revenue'] = mart.revenue - mart.returns
    mart['aov'] = mart.revenue / mart.orders.replace(0, np.nan)
    week = mart[['revenue', 'orders']].rolling(7, min_periods=1)
    mart[['revenue_ma7', 'orders_ma7']] = week.mean()
    mart['ma7_days'] = week.revenue.count()
    return mart


def figures(orders, returns, first_sale, start, end):
    """The eight KPIs of the days from start to end."""
    part = orders[orders.date.between(start, end)]
    revenue, n = part.revenue.sum(), part.invoice.nunique()
    credit = returns.amount[returns.date.between(start, end)].sum()
    return pd.Series({'revenue': revenue, 'returns': credit, 'net_revenue': revenue - credit, 'orders': n, 'aov': revenue / n if n else np.nan,
                      'units': part.units.sum(), 'customers': part.customer[part.customer != 0].nunique(),
                      'new_customers': first_sale.between(start, end).sum()}, dtype=float)


def change(current, previous):
    return current / previous - 1 if previous else np.nan


def monthly(orders, returns, first_sale, start, as_of):
    mart = sums(orders, 'month')
    mart['returns'] = returns.groupby(returns.date.dt.to_period('M')).amount.sum()
    mart = mart.fillna({'returns': 0})
    mart['net_revenue'] = mart.revenue - mart.returns
    mart['aov'] = mart.revenue / mart.orders
    mart['is_complete'] = (mart.index.start_time >= start) & (mart.index.end_time.normalize() <= as_of)
    whole = mart.shift()
    for name in ['revenue', 'net_revenue', 'orders']:
        mart[name + '_mom'] = mart[name] / whole[name] - 1
    mart['revenue_yoy'] = mart.revenue / mart.revenue.shift(12) - 1
    # The running month against as many days of the month and of the year before.
    month = as_of.to_period('M')
    if not mart.is_complete.iloc[-1]:
        for back, suffix, names in [(1, '_mom', ['revenue', 'net_revenue', 'orders']), (12, '_yoy', ['revenue'])]:
            base = (month - back).start_time
            same = figures(orders, returns, first_sale, base, min(base + (as_of - month.start_time), (month - back).end_time))
            for name in names:
                mart.loc[month, name + suffix] = change(mart.loc[month, name], same[name]) if base >= start else np.nan
    return mart


def kpi(orders, returns, first_sale, start, as_of):
    month, quarter = (as_of + DAY).to_period('M'), (as_of + DAY).to_period('Q')
    running = as_of.to_period('M')
    same = as_of - running.start_time
    windows = {
        'last7_vs_prev7': (as_of - 6 * DAY, as_of, as_of - 13 * DAY, as_of - 7 * DAY),
        'last28_vs_prev28': (as_of - 27 * DAY, as_of, as_of - 55 * DAY, as_of - 28 * DAY),
        'mtd_vs_prev_month_same_days': (running.start_time, as_of, (running - 1).start_time, min((running - 1).start_time + same, (running - 1).end_time)),
        'mtd_vs_prev_year_same_days': (running.start_time, as_of, (running - 12).start_time, min((running - 12).start_time + same, (running - 12).end_time)),
        'last_complete_month_vs_previous': ((month - 1).start_time, (month - 1).end_time, (month - 2).start_time, (month - 2).end_time),
        'last_complete_quarter_vs_previous': ((quarter - 1).start_time, (quarter - 1).end_time, (quarter - 2).start_time, (quarter - 2).end_time)}
    year = as_of.year
    if (month - 1).start_time >= pd.Timestamp(year, 7, 1):
        windows['h2_to_date_vs_h1'] = (pd.Timestamp(year, 7, 1), (month - 1).end_time, pd.Timestamp(year, 1, 1), (month - 7).end_time)
    rows = []
    for comparison, (current_from, current_to, previous_from, previous_to) in windows.items():
        current = figures(orders, returns, first_sale, current_from, current_to)
        previous = figures(orders, returns, first_sale, previous_from, previous_to) if previous_from >= start else current * np.nan
        rows.append(pd.DataFrame({'comparison': comparison, 'current': current, 'previous': previous, 'change': current - previous,
                                  'change_pct': 100 * (current - previous) / previous.replace(0, np.nan)}))
    return pd.concat(rows)


def countries(orders, returns, last_month):
    mart = sums(orders, 'country').join(returns.groupby('country').amount.sum().rename('returns'), how='outer').fillna(0)
    mart['net_revenue'] = mart.revenue - mart.returns
    mart['revenue_share'] = mart.revenue / mart.revenue.sum()
    mart['net_revenue_share'] = mart.net_revenue / mart.net_revenue.sum()
    mart['aov'] = mart.revenue / mart.orders.replace(0, np.nan)
    mart['revenue_rank'] = mart.revenue.rank(method='first', ascending=False)
    by_month = orders.groupby(['month', 'country']).agg(revenue=('revenue', 'sum'), orders=('invoice', 'nunique'))
    last, before = (by_month.revenue.reindex([m], level='month').droplevel('month').reindex(mart.index).fillna(0) for m in (last_month, last_month - 1))
    mart['revenue_mom'] = last / before.replace(0, np.nan) - 1
    return mart, by_month


def products(sales, returns, product):
    sales['week'] = sales.date - pd.to_timedelta(sales.date.dt.dayofweek, unit='D')
    weekly = sales.groupby(['product', 'week']).agg(revenue=('amount', 'sum'), units=('quantity', 'sum'))
    weekly['orders'] = sales[['product', 'week', 'invoice']].drop_duplicates().groupby(['product', 'week']).size()
    mart = weekly.groupby('product')[['revenue', 'units']].sum()
    mart['orders'] = sales[['product', 'invoice']].drop_duplicates().groupby('product').size()
    mart['returns'] = returns.groupby('product').amount.sum()
    mart = mart.fillna({'returns': 0}).join(product[['stock_code', 'text']]).sort_values(['revenue', 'stock_code'], ascending=[False, True])
    mart['net_revenue'] = mart.revenue - mart.returns
    mart['revenue_rank'] = np.arange(1, len(mart) + 1)
    mart['revenue_share'] = mart.revenue / mart.revenue.sum()
    mart['cumulative_share'] = mart.revenue.cumsum() / mart.revenue.sum()
    before = (mart.revenue.cumsum() - mart.revenue) / mart.revenue.sum()
    mart['tier'] = np.select([before < .8, before < .95], ['A', 'B'], 'C')
    return mart, weekly


def score(values, higher_is_better):
    """1 + floor(5 x number of strictly worse / n): equal values share a score."""
    worse = values.rank(method='min', ascending=higher_is_better).astype('int64') - 1
    return 1 + 5 * worse // len(values)


def rfm(orders, returns, as_of, latest):
    by = orders[orders.customer != 0].groupby('customer')
    mart = pd.DataFrame({'recency_days': (as_of + DAY - by.date.max()).dt.days, 'frequency': by.invoice.nunique(), 'monetary': by.revenue.sum()})
    mart['monetary'] -= returns.groupby('customer').amount.sum().reindex(mart.index).fillna(0)
    r, f, m = score(mart.recency_days, False), score(mart.frequency, True), score(mart.monetary, True)
    mart = mart.assign(country=latest, r_score=r, f_score=f, m_score=m, rfm_code=r.astype(str) + f.astype(str) + m.astype(str),
                       segment=SEGMENTS[r - 1, (f + m + 1) // 2 - 1])
    segments = mart.groupby('segment').agg(customers=('monetary', 'size'), revenue=('monetary', 'sum'), avg_recency_days=('recency_days', 'mean'),
                                           avg_frequency=('frequency', 'mean'), avg_monetary=('monetary', 'mean')).reindex(np.unique(SEGMENTS))
    segments['customer_share'] = segments.customers / len(mart)
    segments['revenue_share'] = segments.revenue / mart.monetary.sum()
    return mart, segments


def cohorts(orders, first_sale, start, as_of):
    active = orders[orders.customer != 0].groupby(['customer', 'month']).revenue.sum().reset_index()
    active['cohort_month'] = first_sale.dt.to_period('M').reindex(active.customer).to_numpy()
    cell = active.groupby(['cohort_month', 'month']).revenue.agg(['size', 'sum'])
    months = pd.period_range(start, as_of, freq='M')
    triangle = pd.MultiIndex.from_tuples([(c, m) for c in months for m in months if m >= c], names=cell.index.names)
    mart = cell.reindex(triangle, fill_value=0).rename(columns={'size': 'customers', 'sum': 'revenue'}).reset_index()
    mart['cohort_size'] = mart.cohort_month.map(first_sale.dt.to_period('M').value_counts()).fillna(0)
    mart['retention'] = mart.customers / mart.cohort_size.replace(0, np.nan)
    return mart


def marts(raw, lines, countries_of_the_world):
    sales, returns, charges, accepted, names = star(lines)
    match_returns(sales, returns)
    product, alias, latest, calendar = dimensions(sales, returns, accepted, names)
    orders = order_table(sales)
    start, as_of = calendar.date.iloc[0], calendar.date.iloc[-1]
    first_sale = orders[orders.customer != 0].groupby('customer').date.min()
    last_month = (as_of + DAY).to_period('M') - 1
    result = {'fact_sales': sales, 'fact_returns': returns, 'fact_charge': charges, 'dim_product': product, 'dim_product_alias': alias, 'dim_customer': latest,
              'dim_date': calendar}
    result['rejected'] = rejects(raw, lines)
    used = names.country.cat.categories
    result['dim_country'] = countries_of_the_world.reindex(used).assign(kind=lambda d: d.kind.fillna('unknown'))
    result['dim_country']['country_name'] = result['dim_country'].country_name.fillna(pd.Series(used, used))
    result['customer_country'] = orders[orders.customer != 0].groupby(['customer', 'country']).agg(
        first=('date', 'min'), last=('date', 'max'), orders=('invoice', 'nunique'), revenue=('revenue', 'sum'))
    result['daily'] = daily(orders, returns, first_sale, calendar)
    result['monthly'] = monthly(orders, returns, first_sale, start, as_of)
    result['kpi'] = kpi(orders, returns, first_sale, start, as_of)
    result['country'], result['country_monthly'] = countries(orders, returns, last_month)
    result['product'], result['product_weekly'] = products(sales, returns, product)
    result['rfm'], result['rfm_segment'] = rfm(orders, returns, as_of, latest)
    result['cohort'] = cohorts(orders, first_sale, start, as_of)
    result['hour_weekday'] = orders.groupby([orders.date.dt.dayofweek + 1, 'hour']).agg(revenue=('revenue', 'sum'), orders=('invoice', 'nunique'))
    result['data_quality'] = lines.assign(amount=lines.quantity * lines.price).groupby('class').amount.agg(['size', 'sum'])
    return result


def main():
    with open(sys.argv[-1], 'rb') as file:
        data = file.read()
    world = pd.read_csv(sys.argv[-2], keep_default_na=False, na_values=['']).set_index('country')
    text_type = 'category' if '--categories' in sys.argv else object
    started, process_started = time.perf_counter(), time.process_time()
    result = marts(*parse(data, text_type), world)
    seconds, process_seconds = time.perf_counter() - started, time.process_time() - process_started
    gross, returned = int(result['fact_sales'].amount.sum()), int(result['fact_returns'].amount.sum())
    print(f'process_seconds {process_seconds:.2f}')
    print(f'wall_seconds {seconds:.2f}')
    print(f'gross {gross / 10000:.2f}')
    print(f'net {(gross - returned) / 10000:.2f}')
    print(f"sales {len(result['fact_sales'])}")
    print(f"customers {len(result['rfm'])}")
    print(f"reversals {int(result['fact_sales'].is_reversed.sum())}")
    return result


if __name__ == '__main__':
    main()
