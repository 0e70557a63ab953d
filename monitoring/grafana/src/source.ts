import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import * as units from '@grafana/grafana-foundation-sdk/units';
import type { Parts } from './parts.js';

const of = 'instance=~"$instance", source=~"$source"';
const maps = 'instance=~"$instance", mapping=~"$mapping"';
const rate = (metric: string): string => `sum(rate(${metric}{${of}, mapping=~"$mapping"}[$__rate_interval]))`;
const hour = (metric: string): string => `sum(increase(${metric}{${of}, mapping=~"$mapping"}[1h]))`;
const quantile = (share: number, by: string, bucket: string, labels: string): string =>
  `histogram_quantile(${share}, sum by (${by}le) (rate(${bucket}{${labels}}[1h])))`;

// All about one source: what came, what it costs the source, what may be missing.
export function source(parts: Parts): DashboardBuilder {
  const { texts } = parts;
  return parts.dashboard('source', 'sourceTitle')
    .withVariable(parts.variable('source', 'label_values(hrbridge_rows_read_total, source)'))
    .withVariable(parts.variable('mapping', 'label_values(hrbridge_rows_read_total{source=~"$source"}, mapping)').multi(true).includeAll(true))
    .withRow(parts.row('rows'))
    .withPanel(parts.lines('rowsByMapping', units.RowsPerSecond, [
      [rate('hrbridge_rows_read_total'), texts.word('read')],
      [rate('hrbridge_rows_written_total'), texts.word('written')],
      [rate('hrbridge_rows_unchanged_total'), texts.word('unchanged')],
      [`${rate('hrbridge_rows_held_total')} or vector(0)`, texts.word('held')],
    ]))
    .withPanel(parts.lines('rejectRules', units.Short, [[`sum by (mapping, rule) (increase(hrbridge_rows_rejected_total{${of}, mapping=~"$mapping"}[1h]))`, '{{mapping}} {{rule}}']]))
    .withPanel(parts.lines('lag', units.Seconds, [[`max by (mapping) (hrbridge_source_lag_seconds{${of}, mapping=~"$mapping"})`, '{{mapping}}']], 3))
    .withPanel(parts.lines('batches', units.Seconds, [[quantile(0.95, 'mapping, ', 'hrbridge_batch_seconds_bucket', maps), '{{mapping}}']], 3))
    .withPanel(parts.lines('readPerChange', units.Short, [[`${hour('hrbridge_rows_read_total')} / clamp_min(${hour('hrbridge_rows_written_total')}, 1)`]], 3))
    .withRow(parts.row('harm'))
    .withPanel(parts.lines('statements', units.Seconds, [
      [quantile(0.5, '', 'hrbridge_source_statement_seconds_bucket', of), texts.word('median')],
      [quantile(0.95, '', 'hrbridge_source_statement_seconds_bucket', of), '95 %'],
    ]))
    .withPanel(parts.lines('sessions', units.Short, [
      [`sum(hrbridge_source_sessions{${of}})`, texts.word('now')],
      [`max(hrbridge_source_sessions_most{${of}})`, texts.word('most')],
      [`max(hrbridge_source_limit{${of}, limit="sessions"})`, texts.word('limit')],
    ]))
    .withPanel(parts.lines('waiting', units.PercentUnit, [[`sum by (why) (rate(hrbridge_source_wait_seconds_total{${of}}[$__rate_interval]))`, '{{why}}']], 3))
    .withPanel(parts.lines('limits', units.Short, [[`max by (limit) (hrbridge_source_limit{${of}})`, '{{limit}}']], 3))
    .withPanel(parts.lines('retries', units.Short, [[`sum by (class) (increase(hrbridge_retries_total{${of}}[1h]))`, '{{class}}']], 3))
    .withRow(parts.row('completeness'))
    .withPanel(parts.lines('lateness', units.Seconds, [[quantile(0.99, 'mapping, ', 'hrbridge_lateness_seconds_bucket', maps), '{{mapping}}']]))
    .withPanel(parts.lines('sweepFound', units.Short, [[`sum by (mapping, kind) (increase(hrbridge_sweep_found_rows_total{${maps}}[1d]))`, '{{mapping}} {{kind}}']]))
    .withPanel(parts.lines('sweepAge', units.Seconds, [[`time() - max by (mapping, kind) (hrbridge_sweep_last_success_timestamp_seconds{${maps}})`, '{{mapping}} {{kind}}']]))
    .withPanel(parts.lines('drift', units.Short, [[`max by (mapping, kind, action) (hrbridge_drift_columns{${maps}})`, '{{mapping}} {{kind}} {{action}}']]));
}
