import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import * as units from '@grafana/grafana-foundation-sdk/units';
import type { Parts } from './parts.js';

const here = 'instance=~"$instance"';
const of = 'instance=~"$instance", source=~"$source"';

// What somebody looks at every morning.
export function overview(parts: Parts): DashboardBuilder {
  const { texts } = parts;
  return parts.dashboard('overview', 'overviewTitle')
    .withVariable(parts.variable('source', 'label_values(hrbridge_rows_read_total, source)').multi(true).includeAll(true).allValue('.*'))
    .withRow(parts.row('state'))
    .withPanel(parts.numbers('up', units.Short, [`up{job="hrbridge", ${here}}`, '{{instance}}'], [[null, 'red'], [1, 'green']]).mappings([parts.upMapping()]))
    .withPanel(parts.number('alerts', units.Short, ['count(ALERTS{alertname=~"Hrbridge.*", alertstate="firing"}) or vector(0)'], [[null, 'green'], [1, 'red']]))
    .withPanel(parts.number('lateCount', units.Short, [`count(max by (site, mapping) (hrbridge_sync_late_seconds{${here}}) > 1800) or vector(0)`], [[null, 'green'], [1, 'red']]))
    .withPanel(parts.number('driftStops', units.Short, [`count(max by (site, mapping) (hrbridge_drift_columns{action="stop", ${here}}) > 0) or vector(0)`], [[null, 'green'], [1, 'red']]))
    .withPanel(parts.number('oldest', units.Seconds, [`max(hrbridge_outbox_oldest_seconds{${here}})`], [[null, 'green'], [900, 'orange'], [3600, 'red']]))
    .withPanel(parts.number('inForce', units.Short, [`sum(max by (site, rule) (hrbridge_findings{level="warning", ${here}}))`], [[null, 'blue']]))
    .withRow(parts.row('syncs'))
    .withPanel(parts.lines('readRate', units.RowsPerSecond, [[`sum by (source) (rate(hrbridge_rows_read_total{${of}}[$__rate_interval]))`, '{{source}}']]))
    .withPanel(parts.lines('writeRate', units.RowsPerSecond, [[`sum by (source) (rate(hrbridge_rows_written_total{${of}}[$__rate_interval]))`, '{{source}}']]))
    .withPanel(parts.lines('late', units.Seconds, [[`max by (site, mapping) (hrbridge_sync_late_seconds{${here}})`, '{{mapping}} {{site}}']]))
    .withPanel(parts.lines('dataAge', units.Seconds, [['hrbridge:data_age_seconds{source=~"$source"}', '{{mapping}} {{site}}']]))
    .withPanel(parts.lines('rejects', units.Short, [[`sum by (mapping) (increase(hrbridge_rows_rejected_total{${of}}[1h]))`, '{{mapping}}']]))
    .withPanel(parts.lines('rejectRatio', units.PercentUnit, [['hrbridge:rows_rejected:ratio1h{source=~"$source"}', '{{mapping}} {{site}}']]))
    .withPanel(parts.table('runs', units.Short, `sum by (mapping, outcome) (increase(hrbridge_runs_total{${here}}[$__range]))`).decimals(0))
    .withPanel(parts.table('alertList', units.Short, `ALERTS{alertname=~"Hrbridge.*", alertstate="firing"}`)
      .noValue(texts.word('none')));
}
