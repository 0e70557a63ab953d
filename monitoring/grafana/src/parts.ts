import {
  DashboardBuilder, DashboardCursorSync, DashboardLinkType, DashboardLinkBuilder, DatasourceVariableBuilder, QueryVariableBuilder, RowBuilder,
  ThresholdsConfigBuilder, ThresholdsMode, VariableRefresh, VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type { ValueMapping } from '@grafana/grafana-foundation-sdk/dashboard';
import {
  BigValueColorMode, BigValueGraphMode, BigValueTextMode, LegendDisplayMode, LegendPlacement, ReduceDataOptionsBuilder, SortOrder, TooltipDisplayMode,
  VizLegendOptionsBuilder, VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import * as stat from '@grafana/grafana-foundation-sdk/stat';
import * as table from '@grafana/grafana-foundation-sdk/table';
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries';
import type { PanelKey, Texts, Word } from './texts.js';

export const prometheus = { type: 'prometheus', uid: '${datasource}' };
const width = 24;
// Where a line lies on zero, the axis still goes so far.
const softMaximum: Readonly<Record<string, number>> = { percentunit: 0.01, bytes: 1024 };

// An expression and what its series are called.
export type Query = readonly [expr: string, legend?: string];

// The dashboards of one language share their parts through this.
export class Parts {
  constructor(readonly texts: Texts) {}

  dashboard(uid: string, title: Word): DashboardBuilder {
    const { texts } = this;
    return new DashboardBuilder(texts.word(title))
      .uid(`hrbridge-${uid}-${texts.language}`)
      .tags(['hrbridge', texts.language])
      .readonly()
      .timezone('browser')
      .refresh('30s')
      .time({ from: 'now-6h', to: 'now' })
      .tooltip(DashboardCursorSync.Crosshair)
      .link(new DashboardLinkBuilder(texts.word('otherDashboards'))
        .type(DashboardLinkType.Dashboards).tags(['hrbridge', texts.language]).asDropdown(true).keepTime(true).includeVars(true))
      .withVariable(new DatasourceVariableBuilder('datasource').label(texts.word('datasource')).type('prometheus'))
      .withVariable(this.variable('instance', 'label_values(hrbridge_build_info, instance)').multi(true).includeAll(true).allValue('.*'));
  }

  variable(name: 'instance' | 'source' | 'mapping', query: string): QueryVariableBuilder {
    return new QueryVariableBuilder(name).label(this.texts.word(name)).datasource(prometheus).query(query)
      .refresh(VariableRefresh.OnTimeRangeChanged).sort(VariableSort.AlphabeticalAsc);
  }

  row(title: Word): RowBuilder {
    return new RowBuilder(this.texts.word(title));
  }

  // Lines over time; `columns` of them stand beside one another.
  lines(key: PanelKey, unit: string, queries: readonly Query[], columns = 2): timeseries.PanelBuilder {
    const panel = new timeseries.PanelBuilder()
      .title(this.texts.title(key)).description(this.texts.description(key)).datasource(prometheus)
      .unit(unit).min(0).axisSoftMax(softMaximum[unit] ?? 1).fillOpacity(8).lineWidth(1).span(width / columns).height(8)
      .legend(new VizLegendOptionsBuilder().displayMode(LegendDisplayMode.Table).placement(LegendPlacement.Bottom).calcs(['lastNotNull', 'max']).showLegend(true))
      .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending));
    queries.forEach(([expr, legend = this.texts.title(key)], at) => panel.withTarget(this.query(expr, at).legendFormat(legend).range()));
    return panel;
  }

  // One number a series, in the colour of the last limit that it reaches.
  number(key: PanelKey, unit: string, [expr, legend = '']: Query, limits: readonly [value: number | null, color: string][], columns = 6): stat.PanelBuilder {
    return new stat.PanelBuilder()
      .title(this.texts.title(key)).description(this.texts.description(key)).datasource(prometheus)
      .unit(unit).span(width / columns).height(4).noValue(this.texts.word('none'))
      .thresholds(new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(limits.map(([value, color]) => ({ value, color }))))
      .colorMode(BigValueColorMode.Value).graphMode(BigValueGraphMode.None)
      .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false).fields(''))
      .withTarget(this.query(expr, 0).legendFormat(legend).instant());
  }

  // As number() of several instances: each with its name.
  numbers(key: PanelKey, unit: string, query: Query, limits: readonly [value: number | null, color: string][], columns = 6): stat.PanelBuilder {
    return this.number(key, unit, query, limits, columns).textMode(BigValueTextMode.ValueAndName);
  }

  // As number(), and the name of the series is what is shown.
  names(key: PanelKey, query: Query, columns = 6): stat.PanelBuilder {
    return this.number(key, 'short', query, [[null, 'text']], columns).textMode(BigValueTextMode.Name);
  }

  upMapping(): ValueMapping {
    return {
      type: 'value',
      options: { '0': { text: this.texts.word('silent'), color: 'red', index: 0 }, '1': { text: this.texts.word('running'), color: 'green', index: 1 } },
    } as ValueMapping;
  }

  table(key: PanelKey, unit: string, expr: string, columns = 2): table.PanelBuilder {
    return new table.PanelBuilder()
      .title(this.texts.title(key)).description(this.texts.description(key)).datasource(prometheus)
      .unit(unit).span(width / columns).height(8).filterable(true)
      .withTarget(this.query(expr, 0).format(PromQueryFormat.Table).instant())
      .withTransformation({ id: 'organize', options: { excludeByName: { Time: true, __name__: true, job: true, alertstate: true }, renameByName: this.texts.columns() } });
  }

  private query(expr: string, at: number): DataqueryBuilder {
    return new DataqueryBuilder().datasource(prometheus).expr(expr).refId(String.fromCharCode('A'.charCodeAt(0) + at));
  }
}
