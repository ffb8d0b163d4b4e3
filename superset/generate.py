#!/usr/bin/env python3
"""Writes the dashboards of definition.py in Superset's import format, and checks that charts use what their datasets have.

usage: generate.py [--uri URI] [--schema NAME] [--output FOLDER]

The files are YAML in JSON's notation; the standard library is enough. The same definition gives the same bytes, and
uuids follow from names, so that an import replaces what an earlier one made. Without arguments it writes superset/assets
as it is committed, for a warehouse in schema shop.
"""
import argparse
import json
import pathlib
import re
import shutil
import uuid

from definition import CHANGE, DASHBOARDS, DATASETS, GBP, LABEL_COLOURS, SHARE

HERE = pathlib.Path(__file__).parent
PLACEHOLDER = 'postgresql+psycopg2://bi_reader@localhost:5432/shop'
NAMESPACE = uuid.UUID('5c1f8f0e-6f57-4c36-9a0c-5d1b1c1b7e10')
TYPES = {'date': 'DATE', 'moment': 'TIMESTAMP WITH TIME ZONE', 'money': 'NUMERIC', 'pennies': 'NUMERIC', 'decimal': 'NUMERIC', 'number': 'BIGINT',
         'share': 'FLOAT', 'change': 'FLOAT', 'text': 'TEXT', 'boolean': 'BOOLEAN', 'id': 'BIGINT'}
COLUMN_FORMATS = {'money': {'d3NumberFormat': ',.0f', 'currencyFormat': GBP}, 'pennies': {'d3NumberFormat': ',.2f', 'currencyFormat': GBP},
                  'decimal': {'d3NumberFormat': ',.2~f'}, 'number': {'d3NumberFormat': ',.0f'}, 'share': {'d3NumberFormat': SHARE},
                  'change': {'d3NumberFormat': CHANGE}, 'id': {'d3NumberFormat': 'd'}, 'date': {'d3TimeFormat': '%Y-%m-%d'},
                  'moment': {'d3TimeFormat': '%Y-%m-%d %H:%M'}}
SCHEME = 'supersetColors'


def name_of(*words):
    return re.sub(r'[^A-Za-z0-9]+', '_', '_'.join(words)).strip('_')


def identity(*words):
    return str(uuid.uuid5(NAMESPACE, '/'.join(words)))


def require(condition, message):
    if not condition:
        raise SystemExit(f'error: {message}')


def dataset_file(name, dataset, schema):
    return {'table_name': name, 'main_dttm_col': dataset['time'], 'description': dataset['about'], 'default_endpoint': None, 'offset': 0,
            'cache_timeout': None, 'schema': schema, 'sql': dataset['sql'].format(schema=schema) if 'sql' in dataset else None, 'params': None,
            'template_params': None, 'filter_select_enabled': True, 'fetch_values_predicate': None, 'extra': None, 'normalize_columns': False,
            'always_filter_main_dttm': False, 'uuid': identity('dataset', name),
            'metrics': [{'metric_name': key, 'verbose_name': m['title'], 'metric_type': None, 'expression': m['expression'], 'description': None,
                         'd3format': m['format'], 'currency': m['currency'], 'extra': None, 'warning_text': None} for key, m in dataset['measures'].items()],
            'columns': [{'column_name': key, 'verbose_name': title, 'is_dttm': kind in ('date', 'moment'), 'is_active': True, 'type': TYPES[kind],
                         'groupby': True, 'filterable': True, 'expression': None, 'description': None, 'python_date_format': None, 'extra': None}
                        for key, (kind, title) in dataset['columns'].items()],
            'version': '1.0.0', 'database_uuid': identity('database')}


def check_chart(chart):
    require(chart['dataset'] in DATASETS, f"chart \"{chart['title']}\": no dataset {chart['dataset']}")
    dataset = DATASETS[chart['dataset']]
    used = [*chart.get('columns', []), *chart.get('group', []), *([chart['x']] if 'x' in chart else []), *chart.get('where', [])[:1]]
    for column in used:
        require(column in dataset['columns'], f"chart \"{chart['title']}\": dataset {chart['dataset']} has no column {column}")
    for key in chart.get('measures', []):
        require(key in dataset['measures'], f"chart \"{chart['title']}\": dataset {chart['dataset']} has no measure {key}")


def condition(column, operator, value):
    return {'clause': 'WHERE', 'expressionType': 'SIMPLE', 'subject': column, 'operator': operator, 'comparator': value}


def conditions(chart, dataset):
    """The dashboard's dates act through the first one."""
    result = [condition(dataset['time'], 'TEMPORAL_RANGE', 'No filter')] if dataset['time'] else []
    return result + ([condition(chart['where'][0], '==', chart['where'][1])] if 'where' in chart else [])


def value_format(dataset, chart):
    first = dataset['measures'][chart['measures'][0]]
    return {'y_axis_format': first['format'], **({'currency_format': first['currency']} if first['currency'] else {})}


def big_number(chart, dataset):
    return {'metric': chart['measures'][0], 'x_axis': dataset['time'], 'time_grain_sqla': 'P1D', 'compare_lag': chart['lag'],
            'compare_suffix': chart['suffix'], 'show_trend_line': True, 'start_y_axis_at_zero': True, 'header_font_size': 0.4,
            'subheader_font_size': 0.15, 'time_format': '%Y-%m-%d', 'color_picker': {'r': 31, 'g': 168, 'b': 201, 'a': 1},
            **value_format(dataset, chart)}


def series(chart, dataset):
    is_time = 'x' not in chart
    params = {'metrics': chart['measures'], 'groupby': chart.get('group', []), 'x_axis': dataset['time'] if is_time else chart['x'],
              'row_limit': 50000, 'truncate_metric': True, 'show_legend': len(chart['measures']) > 1 or bool(chart.get('group')),
              'legendType': 'scroll', 'legendOrientation': 'top', 'rich_tooltip': True, 'color_scheme': SCHEME, 'x_axis_sort_asc': True,
              'sort_series_type': 'sum', 'order_desc': True, 'annotation_layers': [], 'y_axis_bounds': chart.get('bounds', [None, None]), 'truncateYAxis': 'bounds' in chart, 'opacity': 0.2, 'markerSize': 6,
              'seriesType': 'line', 'tooltipTimeFormat': '%Y-%m-%d', **value_format(dataset, chart)}
    if is_time:
        params.update({'time_grain_sqla': chart['grain'], 'x_axis_time_format': '%b %Y' if chart['grain'] == 'P1M' else '%d %b %y'})
    if 'series' in chart:
        params.update({'limit': chart['series'], 'timeseries_limit_metric': chart['measures'][0]})
    if chart.get('stack'):
        params['stack'] = 'Stack'
    return params


def raw_table(chart, dataset):
    params = {'query_mode': 'raw', 'all_columns': chart['columns'], 'order_by_cols': [json.dumps(list(order)) for order in chart['order']], 'row_limit': 10000,
              'server_page_length': 10, 'page_length': chart.get('page', 0), 'include_search': len(chart['columns']) > 6, 'show_cell_bars': False, 'color_pn': False,
              'table_timestamp_format': '%Y-%m-%d',
              'column_config': {key: COLUMN_FORMATS[dataset['columns'][key][0]] for key in chart['columns'] if dataset['columns'][key][0] in COLUMN_FORMATS}}
    if 'colours' in chart:
        key, levels = chart['colours']
        params['conditional_formatting'] = [{'column': key, 'operator': '=', 'targetValue': value, 'colorScheme': colour} for value, colour in levels]
    return params


def pie(chart, dataset):
    return {'groupby': chart['group'], 'metric': chart['measures'][0], 'row_limit': 1000, 'sort_by_metric': True, 'show_labels': True, 'label_type': 'key_percent',
            'show_labels_threshold': 3, 'labels_outside': True, 'label_line': True, 'donut': True, 'innerRadius': 28, 'outerRadius': 52, 'show_legend': False,
            'number_format': ',.0f', 'date_format': 'smart_date', 'color_scheme': SCHEME}


def heatmap(chart, dataset):
    return {'x_axis': chart['x'], 'groupby': chart['group'][0], 'metric': chart['measures'][0], 'row_limit': 10000, 'sort_x_axis': 'alpha_asc',
            'sort_y_axis': 'alpha_desc', 'normalize_across': 'heatmap', 'linear_color_scheme': 'superset_seq_1', 'xscale_interval': -1, 'yscale_interval': -1,
            'left_margin': 'auto', 'bottom_margin': 'auto', 'value_bounds': [None, None], 'show_legend': True, 'show_percentage': False,
            'show_values': chart.get('values', False), **value_format(dataset, chart)}


def world_map(chart, dataset):
    return {'entity': chart['group'][0], 'country_fieldtype': 'cca2', 'metric': chart['measures'][0], 'secondary_metric': chart['measures'][1],
            'show_bubbles': True, 'max_bubble_size': '25', 'color_by': 'metric', 'row_limit': 1000, 'linear_color_scheme': 'schemeYlOrBr',
            'color_scheme': SCHEME, 'color_picker': {'r': 0, 'g': 122, 'b': 135, 'a': 1}, **value_format(dataset, chart)}


PARAMETERS = {'big_number': big_number, 'echarts_timeseries_line': series, 'echarts_timeseries_bar': series, 'table': raw_table, 'pie': pie,
              'heatmap_v2': heatmap, 'world_map': world_map}


def chart_file(dashboard, chart):
    check_chart(chart)
    dataset = DATASETS[chart['dataset']]
    return {'slice_name': chart['title'], 'description': chart['about'], 'certified_by': None, 'certification_details': None, 'viz_type': chart['kind'],
            'params': {'viz_type': chart['kind'], 'adhoc_filters': conditions(chart, dataset), 'extra_form_data': {}, **PARAMETERS[chart['kind']](chart, dataset)},
            'query_context': None, 'cache_timeout': None, 'uuid': identity('chart', dashboard, chart['title']), 'version': '1.0.0',
            'dataset_uuid': identity('dataset', chart['dataset'])}


def native_filter(kind, excluded):
    scope = {'rootPath': ['ROOT_ID'], 'excluded': excluded}
    base = {'cascadeParentIds': [], 'type': 'NATIVE_FILTER', 'scope': scope}
    if kind == 'date':
        return {**base, 'id': 'NATIVE_FILTER-date', 'name': 'Dates', 'description': 'All days of the data, until you choose others. Months are shown whole; periods against periods keep their own days.', 'filterType': 'filter_time',
                'targets': [{}], 'controlValues': {'enableEmptyFilter': False},
                'defaultDataMask': {'extraFormData': {'time_range': 'No filter'}, 'filterState': {'value': 'No filter'}}}
    dataset, column, name, about, default = {
        'country': ('mart_country', 'country', 'Country', 'Charts whose rows have a country follow it; hours, products, segments and cohorts are of all countries.', None),
        'metric': ('mart_forecast_band', 'metric', 'Metric', 'What the forecast is about; alerts show all metrics.', 'revenue')}[kind]
    chosen = {'filters': [{'col': column, 'op': 'IN', 'val': [default]}]} if default else {}
    return {**base, 'id': f'NATIVE_FILTER-{kind}', 'name': name, 'description': about, 'filterType': 'filter_select',
            'targets': [{'datasetUuid': identity('dataset', dataset), 'column': {'name': column}}],
            'controlValues': {'enableEmptyFilter': bool(default), 'defaultToFirstItem': False, 'multiSelect': not default, 'searchAllOptions': False,
                              'inverseSelection': False},
            'defaultDataMask': {'extraFormData': chosen, 'filterState': {'value': [default]} if default else {}}}


def dashboard_file(title, dashboard):
    position = {'DASHBOARD_VERSION_KEY': 'v2', 'ROOT_ID': {'id': 'ROOT_ID', 'type': 'ROOT', 'children': ['GRID_ID']},
                'HEADER_ID': {'id': 'HEADER_ID', 'type': 'HEADER', 'meta': {'text': title}},
                'GRID_ID': {'id': 'GRID_ID', 'type': 'GRID', 'children': [], 'parents': ['ROOT_ID']}}
    number, apart = 0, []
    for r, (height, charts) in enumerate(dashboard['rows']):
        row = f'ROW-{r + 1}'
        require(sum(width for _, width in charts) == 12, f'dashboard "{title}", row {r + 1}: the widths must add up to 12')
        position['GRID_ID']['children'].append(row)
        position[row] = {'id': row, 'type': 'ROW', 'children': [], 'parents': ['ROOT_ID', 'GRID_ID'], 'meta': {'background': 'BACKGROUND_TRANSPARENT'}}
        for chart, width in charts:
            number += 1
            key = f'CHART-{number}'
            if chart.get('apart'):
                apart.append(number)
            position[row]['children'].append(key)
            position[key] = {'id': key, 'type': 'CHART', 'children': [], 'parents': ['ROOT_ID', 'GRID_ID', row],
                             'meta': {'chartId': number, 'uuid': identity('chart', title, chart['title']), 'sliceName': chart['title'], 'width': width, 'height': height}}
    return {'dashboard_title': title, 'description': dashboard['about'], 'css': '', 'slug': name_of(title).lower(), 'certified_by': '', 'certification_details': '',
            'published': True, 'uuid': identity('dashboard', title), 'position': position,
            'metadata': {'color_scheme': SCHEME, 'refresh_frequency': 0, 'timed_refresh_immune_slices': [], 'expanded_slices': {}, 'label_colors': LABEL_COLOURS,
                         'shared_label_colors': [], 'cross_filters_enabled': True, 'default_filters': '{}', 'chart_configuration': {},
                         'native_filter_configuration': [native_filter(kind, apart if kind == 'metric' else []) for kind in dashboard['filters']]},
            'version': '1.0.0'}


def files(uri, schema):
    yield 'metadata.yaml', {'version': '1.0.0', 'type': 'assets', 'timestamp': '2026-01-01T00:00:00+00:00'}
    yield 'databases/bi_ml.yaml', {'database_name': 'bi_ml', 'sqlalchemy_uri': uri, 'cache_timeout': None, 'expose_in_sqllab': True, 'allow_run_async': False,
                                   'allow_ctas': False, 'allow_cvas': False, 'allow_dml': False, 'allow_csv_upload': False,
                                   'extra': {'metadata_params': {}, 'engine_params': {}, 'schemas_allowed_for_file_upload': []},
                                   'uuid': identity('database'), 'version': '1.0.0'}
    for name, dataset in DATASETS.items():
        yield f'datasets/bi_ml/{name}.yaml', dataset_file(name, dataset, schema)
    for title, dashboard in DASHBOARDS.items():
        for _, charts in dashboard['rows']:
            for chart, _ in charts:
                yield f"charts/{name_of(title, chart['title'])}.yaml", chart_file(title, chart)
        yield f'dashboards/{name_of(title)}.yaml', dashboard_file(title, dashboard)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--uri', default=PLACEHOLDER, help='where Superset finds the database')
    parser.add_argument('--schema', default='shop')
    parser.add_argument('--output', type=pathlib.Path, default=HERE / 'assets')
    arguments = parser.parse_args()
    require(re.fullmatch('[a-z_][a-z0-9_]*', arguments.schema), 'the schema is a plain name in small letters')
    shutil.rmtree(arguments.output, ignore_errors=True)
    for path, content in files(arguments.uri, arguments.schema):
        file = arguments.output / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(content, indent=1, ensure_ascii=False) + '\n', encoding='utf-8')


if __name__ == '__main__':
    main()
