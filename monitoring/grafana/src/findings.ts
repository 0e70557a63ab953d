import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import * as units from '@grafana/grafana-foundation-sdk/units';
import type { Parts } from './parts.js';

const here = 'instance=~"$instance"';
const hourly = (by: string, metric: string, labels = ''): string => `sum by (${by}) (increase(${metric}{${here}${labels}}[1h]))`;

// What was found about people (numbers only), and how it reaches them.
export function findings(parts: Parts): DashboardBuilder {
  return parts.dashboard('findings', 'findingsTitle')
    .withVariable(parts.variable('source', 'label_values(hrbridge_terminal_records_total, source)').multi(true).includeAll(true).allValue('.*'))
    .withRow(parts.row('findings'))
    .withPanel(parts.lines('findings', units.Short, [[`max by (site, rule, level) (hrbridge_findings{${here}})`, '{{rule}} {{level}} {{site}}']], 1))
    .withRow(parts.row('messages'))
    .withPanel(parts.lines('outbox', units.Short, [[`max by (site, state) (hrbridge_outbox_events{${here}})`, '{{state}} {{site}}']]))
    .withPanel(parts.lines('oldest', units.Seconds, [[`max by (site) (hrbridge_outbox_oldest_seconds{${here}})`, '{{site}}']]))
    .withPanel(parts.lines('calls', units.RequestsPerMinute, [[`60 * sum by (api) (rate(hrbridge_wecom_calls_total{${here}}[$__rate_interval]))`, '{{api}}']]))
    .withPanel(parts.lines('refusals', units.Short, [[hourly('api, errcode', 'hrbridge_wecom_calls_total', ', errcode!="0"'), '{{api}} {{errcode}}']]))
    .withPanel(parts.lines('token', units.Short, [[hourly('errcode', 'hrbridge_wecom_calls_total', ', api="gettoken"'), '{{errcode}}']], 3))
    .withPanel(parts.lines('halts', units.Short, [[`sum(increase(hrbridge_retries_total{${here}, source="wecom", class="halt"}[1h])) or vector(0)`]], 3))
    .withPanel(parts.lines('callbacks', units.Short, [[hourly('event, verdict', 'hrbridge_wecom_callbacks_total'), '{{event}} {{verdict}}']], 3))
    .withRow(parts.row('terminals'))
    .withPanel(parts.lines('terminalRecords', units.Short, [[hourly('source, verdict', 'hrbridge_terminal_records_total', ', source=~"$source"'), '{{source}} {{verdict}}']], 3))
    .withPanel(parts.lines('terminalRefusals', units.Short, [[hourly('reason', 'hrbridge_terminal_refusals_total'), '{{reason}}']], 3))
    .withPanel(parts.lines('terminalSilence', units.Seconds, [[`time() - max by (source, terminal) (hrbridge_terminal_contact_timestamp_seconds{${here}, source=~"$source"})`, '{{source}} {{terminal}}']], 3));
}
