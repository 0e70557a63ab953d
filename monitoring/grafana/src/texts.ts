// Every text of the dashboards, Chinese first. A panel has a title and a description.
export type Language = 'zh' | 'en';
export const languages: readonly Language[] = ['zh', 'en'];

type Titled = readonly [title: string, description: string];
type PanelText = Readonly<Record<Language, Titled>>;
type Text = Readonly<Record<Language, string>>;

const panels = {
  up: { zh: ['服务状态', '每个实例是否应答 Prometheus 的抓取。'], en: ['Daemons', 'Whether each instance answers the scrape.'] },
  alerts: { zh: ['正在报警', '正在触发的报警条数；处置办法见 monitoring/README.md。'], en: ['Alerts firing', 'How many alerts fire; monitoring/README.md has a runbook for each.'] },
  alertList: { zh: ['报警清单', '正在触发的报警及其标签。'], en: ['Which alerts', 'The alerts that fire, with their labels.'] },
  lateCount: { zh: ['迟到的同步', '应执行而超过半小时未完成的映射个数。'], en: ['Late syncs', 'Mappings whose sync is due for more than half an hour.'] },
  driftStops: { zh: ['因源表变化停止', '源系统的列与约定不符而停止读取的映射个数。'], en: ['Stopped by drift', 'Mappings that are not read because columns of their source differ.'] },
  oldest: { zh: ['最久未发的消息', '等待发送的消息中最早一条已等待的时间。'], en: ['Oldest message', 'How long the oldest message waits to be sent.'] },
  backupAge: { zh: ['距上次备份', '备份文件夹中最新一份备份的年龄；没有备份或没有配置 backup 时无数据。'], en: ['Since the last backup', 'Age of the newest one in the configured folder; no data where there is none, or no backup is configured.'] },
  inForce: { zh: ['有效的预警', '当前有效的预警涉及的人数。'], en: ['Warnings in force', 'People of whom a warning is in force.'] },
  readRate: { zh: ['读取速度', '每秒从源系统读取的行数，按来源。'], en: ['Rows read', 'Rows read from each source per second.'] },
  writeRate: { zh: ['写入速度', '每秒新增或更新的行数，按来源。'], en: ['Rows written', 'Rows inserted or updated per second, by source.'] },
  late: { zh: ['同步迟到', '应执行而未完成的时间；不计数据源不允许访问的时段。'], en: ['How late syncs are', 'Since a sync was due, without the hours in which its source may not be asked.'] },
  dataAge: { zh: ['数据新旧', '库中数据落后于源系统的时间：上次完成时的延迟加上此后的时间。'], en: ['Age of the data', 'The lag at the end of the last run and the time since.'] },
  rejects: { zh: ['拒收的行', '每小时被规则拒收的行数，按映射。'], en: ['Rows refused', 'Rows that rules refused per hour, by mapping.'] },
  rejectRatio: { zh: ['拒收比例', '最近一小时拒收的行占读取行的比例。'], en: ['Share refused', 'Rows refused among those read within the last hour.'] },
  runs: { zh: ['运行结果', '所选时间内各映射的运行次数，按结果。'], en: ['Runs', 'Runs of each mapping within the time shown, by outcome.'] },
  rowsByMapping: { zh: ['行的去向', '每秒读取、写入、未变和等待上级的行数。'], en: ['What became of the rows', 'Rows read, written, unchanged and held per second.'] },
  readPerChange: { zh: ['每条变化读取的行数', '读取行数与写入行数之比；很大说明窗口重叠过宽或水位列无用。'], en: ['Rows read per change', 'Rows read for each one written; many mean a wide overlap or a useless watermark.'] },
  rejectRules: { zh: ['拒收的规则', '每小时拒收的行数，按规则。'], en: ['Rules that refuse', 'Rows refused per hour, by rule.'] },
  lag: { zh: ['延迟', '每次完成时落后于源系统时钟的时间。'], en: ['Lag', 'Behind the clock of the source, at the end of each run.'] },
  batches: { zh: ['批次耗时', '一个批次从第一行到提交的时间，95 % 分位。'], en: ['Time of a batch', 'From its first row to its commit, 95th percentile.'] },
  statements: { zh: ['源系统语句耗时', '语句从开始到最后一行的时间，50 % 与 95 % 分位。'], en: ['Time of statements', 'At the source, from their start to their last row: median and 95th percentile.'] },
  sessions: { zh: ['会话', '与源系统的会话数、曾达到的最大值和约定的上限。'], en: ['Sessions', 'With the source: now, the most at one time, and what was agreed.'] },
  waiting: { zh: ['因限额等待', '每秒中等待空闲会话或按限速等待的时间，按原因。'], en: ['Waiting for the guard', 'Share of time in which somebody waited for a session or for rows to be due.'] },
  limits: { zh: ['约定的限额', '数据源保护的限额：会话数、每秒行数、语句秒数。'], en: ['Agreed limits', 'What the guard of the source allows: sessions, rows per second, seconds of a statement.'] },
  lateness: { zh: ['迟到的行', '在窗口重叠部分才出现的行迟到多久，99 % 分位。'], en: ['Late rows', 'How late rows came that a window found in its overlap, 99th percentile.'] },
  sweepFound: { zh: ['扫描补到的行', '只有全量扫描才发现的行；改动和新增应为零。'], en: ['Found by sweeps only', 'Changed and added ones should be none.'] },
  sweepAge: { zh: ['距上次扫描', '上次完成扫描以来的时间，按种类。'], en: ['Since the last sweep', 'By kind.'] },
  drift: { zh: ['源表变化', '与约定不符的列数，按后果。'], en: ['Drift', 'Columns that differ from the contract, by what that does.'] },
  retries: { zh: ['重试', '每小时重试次数，按错误类别。'], en: ['Retries', 'Per hour, by class of the error.'] },
  ledgerFaults: { zh: ['账本差错', '最近一次核验账本发现的差错；应为零。'], en: ['Faults of the ledger', 'What the last verification found; none is right.'] },
  ledgerVerified: { zh: ['距上次核验', '守护进程每夜核验一次账本。'], en: ['Since it was verified', 'The daemon verifies the ledger every night.'] },
  ledgerTotal: { zh: ['账本条目', '账本中的条目总数。'], en: ['Entries of the ledger', 'All of them.'] },
  rehearsalCount: { zh: ['演练次数', '各模块的演练次数，按状态。'], en: ['Rehearsals', 'Of each module, by state.'] },
  rehearsalRows: { zh: ['最新演练的行', '各模块最近一次演练读取、入库、拒收和等待的行数。'], en: ['Rows of the newest rehearsal', 'Read, stored, rejected and held, by module.'] },
  ledgerKinds: { zh: ['各模块走到哪一步', '账本中各模块每种条目的条数。'], en: ['How far modules are', 'Entries of each kind in the ledger, by module.'] },
  ledgerLast: { zh: ['各步骤的时间', '每种条目最近一次写入的时间。'], en: ['When it was done', 'When the newest entry of each kind was made.'] },
  ledgerGrowth: { zh: ['账本增长', '账本条目数随时间的变化，按模块。'], en: ['Growth of the ledger', 'Entries over time, by module.'] },
  findings: { zh: ['有效的发现', '按规则和级别统计的人数。'], en: ['Findings in force', 'People, by rule and level.'] },
  outbox: { zh: ['发件箱', '各状态的消息数。'], en: ['Outbox', 'Messages by state.'] },
  calls: { zh: ['企业微信调用', '每分钟调用次数，按接口。'], en: ['Calls of WeCom', 'Per minute, by interface.'] },
  refusals: { zh: ['企业微信拒绝', '每小时返回错误码的调用，按错误码。'], en: ['Refused by WeCom', 'Calls per hour that were answered by an error code.'] },
  token: { zh: ['获取令牌', '每小时获取 access_token 的次数，按结果；0 为成功。'], en: ['Access token', 'Fetched per hour, by result; 0 is good.'] },
  halts: { zh: ['停发', '每小时因须人工处理而停发的次数。'], en: ['Halts', 'How often per hour sending stopped until a person acts.'] },
  callbacks: { zh: ['回调', '每小时收到的回调，按事件和结论。'], en: ['Callbacks', 'Per hour, by event and verdict.'] },
  terminalRecords: { zh: ['考勤机记录', '每小时考勤机推送的记录，按结论。'], en: ['Records of terminals', 'Per hour, by verdict.'] },
  terminalRefusals: { zh: ['考勤机被拒', '每小时拒绝的请求，按原因。'], en: ['Terminals refused', 'Requests per hour, by reason.'] },
  terminalSilence: { zh: ['考勤机沉默', '距各考勤机上次联系的时间。'], en: ['Silence of terminals', 'Since each was last heard of.'] },
  version: { zh: ['版本', '各实例运行的版本。'], en: ['Version', 'That each instance runs.'] },
  uptime: { zh: ['已运行', '本次启动以来的时间。'], en: ['Up for', 'Since the process was started.'] },
  restarts: { zh: ['重启次数', '所选时间内的重启次数。'], en: ['Restarts', 'Within the time shown.'] },
  certificate: { zh: ['证书剩余', '所用 TLS 证书离到期的时间；环回地址无 TLS 时无数据。'], en: ['Certificate ends in', 'Of the TLS certificate that is shown; no data without TLS.'] },
  cpu: { zh: ['处理器', '使用的处理器核数。'], en: ['CPU', 'Cores used.'] },
  memory: { zh: ['内存', '进程占用的物理内存。'], en: ['Memory', 'Of the process, in RAM.'] },
  files: { zh: ['打开的文件', '打开的文件和连接占上限的比例。'], en: ['Open files', 'Files and sockets, as a share of what is allowed.'] },
  threads: { zh: ['线程', '进程的线程数。'], en: ['Threads', 'Of the process.'] },
  disk: { zh: ['剩余空间', '库文件夹与状态文件夹下的剩余空间，以及须保留的空间。'], en: ['Free room', 'Under the folders of store and state, and what is kept free.'] },
  scrape: { zh: ['抓取耗时', '抓取 /metrics 一次的时间。'], en: ['Time of a scrape', 'Of /metrics.'] },
} satisfies Record<string, PanelText>;

const words = {
  overviewTitle: { zh: 'hrbridge 总览', en: 'hrbridge overview' },
  sourceTitle: { zh: 'hrbridge 单个来源', en: 'hrbridge one source' },
  migrationTitle: { zh: 'hrbridge 迁移', en: 'hrbridge migration' },
  findingsTitle: { zh: 'hrbridge 发现与企业微信', en: 'hrbridge findings and WeCom' },
  processTitle: { zh: 'hrbridge 进程', en: 'hrbridge process' },
  datasource: { zh: '数据源', en: 'Data source' },
  instance: { zh: '实例', en: 'Instance' },
  source: { zh: '来源', en: 'Source' },
  mapping: { zh: '映射', en: 'Mapping' },
  otherDashboards: { zh: '其他面板', en: 'Other dashboards' },
  state: { zh: '状态', en: 'State' },
  syncs: { zh: '同步', en: 'Syncs' },
  rows: { zh: '行', en: 'Rows' },
  harm: { zh: '对源系统的负担', en: 'What the source has to bear' },
  completeness: { zh: '完整性', en: 'Completeness' },
  ledger: { zh: '账本', en: 'Ledger' },
  modules: { zh: '模块', en: 'Modules' },
  findings: { zh: '发现', en: 'Findings' },
  messages: { zh: '消息', en: 'Messages' },
  terminals: { zh: '考勤机', en: 'Terminals' },
  resources: { zh: '资源', en: 'Resources' },
  running: { zh: '运行', en: 'up' },
  silent: { zh: '不应答', en: 'down' },
  none: { zh: '无', en: 'none' },
  limit: { zh: '上限', en: 'limit' },
  most: { zh: '最大', en: 'most' },
  now: { zh: '当前', en: 'now' },
  read: { zh: '读取', en: 'read' },
  written: { zh: '写入', en: 'written' },
  unchanged: { zh: '未变', en: 'unchanged' },
  held: { zh: '等待', en: 'held' },
  kept: { zh: '须保留', en: 'kept free' },
  median: { zh: '中位', en: 'median' },
} satisfies Record<string, Text>;

// Columns of tables: labels of the metrics, and the value.
const columns: Readonly<Record<string, Text>> = {
  alertname: { zh: '报警', en: 'alert' },
  severity: { zh: '级别', en: 'severity' },
  site: { zh: '现场', en: 'site' },
  instance: { zh: '实例', en: 'instance' },
  source: { zh: '来源', en: 'source' },
  mapping: { zh: '映射', en: 'mapping' },
  outcome: { zh: '结果', en: 'outcome' },
  module: { zh: '模块', en: 'module' },
  state: { zh: '状态', en: 'state' },
  kind: { zh: '种类', en: 'kind' },
  subject: { zh: '对象', en: 'subject' },
  Value: { zh: '值', en: 'value' },
};

export type PanelKey = keyof typeof panels;
export type Word = keyof typeof words;

export class Texts {
  constructor(readonly language: Language) {}
  title(key: PanelKey): string { return panels[key][this.language][0]; }
  description(key: PanelKey): string { return panels[key][this.language][1]; }
  word(key: Word): string { return words[key][this.language]; }
  columns(): Record<string, string> {
    return Object.fromEntries(Object.entries(columns).map(([name, text]) => [name, text[this.language]]));
  }
}
