import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import * as units from '@grafana/grafana-foundation-sdk/units';
import type { Parts } from './parts.js';

const here = 'instance=~"$instance"';

// The daemon as a process of its machine.
export function process(parts: Parts): DashboardBuilder {
  const { texts } = parts;
  return parts.dashboard('process', 'processTitle')
    .withRow(parts.row('state'))
    .withPanel(parts.names('version', [`hrbridge_build_info{${here}}`, '{{version}} {{instance}}'], 3))
    .withPanel(parts.numbers('uptime', units.Seconds, [`time() - hrbridge_process_start_timestamp_seconds{${here}}`, '{{instance}}'], [[null, 'orange'], [1800, 'green']]))
    .withPanel(parts.numbers('restarts', units.Short, [`changes(hrbridge_process_start_timestamp_seconds{${here}}[$__range])`, '{{instance}}'], [[null, 'green'], [1, 'orange'], [4, 'red']]))
    .withPanel(parts.numbers('certificate', units.Seconds, [`hrbridge_certificate_end_timestamp_seconds{${here}} - time()`, '{{instance}}'], [[null, 'red'], [259200, 'orange'], [1209600, 'green']]))
    .withPanel(parts.numbers('backupAge', units.Seconds, [`time() - (max by (site) (hrbridge_backup_last_success_timestamp_seconds{${here}}) > 0)`, '{{site}}'], [[null, 'green'], [100000, 'orange'], [172800, 'red']]))
    .withRow(parts.row('resources'))
    .withPanel(parts.lines('cpu', units.Short, [[`rate(hrbridge_process_cpu_seconds_total{${here}}[$__rate_interval])`, '{{instance}}']]))
    .withPanel(parts.lines('memory', units.BytesIEC, [[`hrbridge_process_resident_bytes{${here}}`, '{{instance}}']]))
    .withPanel(parts.lines('files', units.PercentUnit, [[`hrbridge_process_open_files{${here}} / hrbridge_process_most_files{${here}}`, '{{instance}}']], 3))
    .withPanel(parts.lines('threads', units.Short, [[`hrbridge_process_threads{${here}}`, '{{instance}}']], 3))
    .withPanel(parts.lines('scrape', units.Seconds, [[`scrape_duration_seconds{job="hrbridge", ${here}}`, '{{instance}}']], 3))
    .withPanel(parts.lines('disk', units.BytesIEC, [
      [`hrbridge_disk_free_bytes{${here}}`, '{{instance}} {{place}}'],
      [`hrbridge_disk_reserve_bytes{${here}}`, `{{instance}} ${texts.word('kept')}`],
    ], 1));
}
