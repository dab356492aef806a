import type { PanelDefinition } from '../../lib/charts/panel';
import { memoryPanel } from '../../lib/host/memory-panel';

const panels: readonly PanelDefinition[] = [
  {
    id: 'cpu',
    title: 'CPU',
    subtitle: 'percent of all cores, by mode',
    unit: 'ratio',
    expr: (at) => at.gauge('system_cpu_utilization_ratio{cpu_mode!="idle"}'),
    by: ['cpu_mode'],
    names: {
      user: 'user',
      system: 'system',
      nice: 'nice',
      iowait: 'I/O wait',
      interrupt: 'interrupt',
      steal: 'steal',
    },
    colours: { user: 1, system: 2, nice: 3, iowait: 4, interrupt: 5, steal: 6 },
    stacked: true,
    max: 1,
  },
  { id: 'memory', title: 'Memory', ...memoryPanel },
  {
    id: 'disk-io',
    title: 'Disk I/O',
    subtitle: 'all disks, per second',
    unit: 'bytesPerSecond',
    expr: (at) => `sum by (disk_io_direction) (${at.rate('system_disk_io_bytes_total')})`,
    by: ['disk_io_direction'],
    names: { read: 'read', write: 'write' },
    colours: { read: 1, write: 2 },
  },
  {
    id: 'network-io',
    title: 'Network',
    subtitle: 'all interfaces but loopback, per second',
    unit: 'bytesPerSecond',
    expr: (at) =>
      `sum by (network_io_direction) (${at.rate('system_network_io_bytes_total{network_interface_name!="lo"}')})`,
    by: ['network_io_direction'],
    names: { receive: 'received', transmit: 'sent' },
    colours: { receive: 1, transmit: 2 },
  },
  {
    id: 'load',
    title: 'Load',
    subtitle: 'threads running or waiting',
    unit: 'number',
    expr: (at) =>
      [
        ['system_cpu_load_average_1m', '1 min'],
        ['system_cpu_load_average_5m', '5 min'],
        ['system_cpu_load_average_15m', '15 min'],
        ['system_cpu_logical_count', 'cores'],
      ]
        // A mean over time has no metric name, so each gets its name as a label.
        .map(([metric, name]) => `label_replace(${at.gauge(metric)}, "series", "${name}", "", "")`)
        .join(' or '),
    by: ['series'],
    names: { '1 min': '1 min', '5 min': '5 min', '15 min': '15 min', cores: 'cores' },
    colours: { '1 min': 1, '5 min': 2, '15 min': 4, cores: 8 },
  },
  {
    id: 'pressure',
    title: 'Pressure',
    subtitle: 'share of time some threads stood still for it',
    unit: 'ratio',
    expr: (at) => `clamp_max(${at.rate('system_pressure_stall_time_seconds_total{kind="some"}')}, 1)`,
    by: ['resource'],
    names: { cpu: 'CPU', memory: 'memory', io: 'I/O' },
    colours: { cpu: 1, memory: 6, io: 2 },
    optional: true,
  },
  {
    id: 'disk-space',
    title: 'Disk space',
    subtitle: 'percent used, by mount',
    unit: 'ratio',
    expr: (at) => at.gauge('system_filesystem_utilization_ratio'),
    by: ['system_filesystem_mountpoint'],
    max: 1,
    thresholds: [{ value: 0.9, label: '90%', state: 'crit' }],
  },
  {
    id: 'processes',
    title: 'Processes',
    subtitle: 'CPU, percent of one core',
    unit: 'ratio',
    expr: (at) => at.gauge('process_cpu_utilization_ratio{job="host"}'),
    by: ['process_executable_name'],
  },
];

/** The charts of the overview, in reading order. */
export const overviewPanels = panels.map((panel) => ({ ...panel, ofHost: true }));
