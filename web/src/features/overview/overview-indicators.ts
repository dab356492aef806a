import type { Unit } from '../../lib/format/units';
import type { Labels } from '../../lib/live/columns';
import type { Sampling } from '../../lib/live/sampling';
import type { Thresholds } from '../../lib/ui/health';

/** A card of the first row: one number that says how the machine is. */
export interface Indicator {
  id: string;
  title: string;
  unit: Unit;
  /** One series, or several of which the highest counts. */
  expr: (at: Sampling) => string;
  /** Which of the several it is. */
  note?: (labels: Labels) => string;
  thresholds?: Thresholds;
  /** The section of the host page that tells more. */
  section: string;
  /** Left out while there is no data: not every machine has it. */
  optional?: boolean;
}

export const indicators: readonly Indicator[] = [
  {
    id: 'cpu',
    title: 'CPU',
    unit: 'ratio',
    expr: (at) => `sum(${at.gauge('system_cpu_utilization_ratio{cpu_mode!~"idle|iowait"}')})`,
    thresholds: { warning: 0.8, critical: 0.9 },
    section: 'cpu',
  },
  {
    id: 'memory',
    title: 'Memory',
    unit: 'ratio',
    expr: (at) => `1 - ${at.gauge('system_linux_memory_available_bytes')} / ${at.gauge('system_memory_limit_bytes')}`,
    thresholds: { warning: 0.8, critical: 0.9 },
    section: 'memory',
  },
  {
    id: 'disk',
    title: 'Disk',
    unit: 'ratio',
    expr: (at) => at.gauge('system_filesystem_utilization_ratio'),
    note: (labels) => labels.system_filesystem_mountpoint,
    thresholds: { warning: 0.8, critical: 0.9 },
    section: 'filesystems',
  },
  {
    id: 'network',
    title: 'Network',
    unit: 'bytesPerSecond',
    expr: (at) => `sum(${at.rate('system_network_io_bytes_total{network_interface_name!="lo"}')})`,
    section: 'network',
  },
  {
    id: 'load',
    title: 'Load per core',
    unit: 'number',
    expr: (at) => `${at.gauge('system_cpu_load_average_1m')} / ${at.gauge('system_cpu_logical_count')}`,
    thresholds: { warning: 1, critical: 2 },
    section: 'cpu',
  },
  {
    id: 'pressure',
    title: 'Pressure',
    unit: 'ratio',
    expr: (at) => `clamp_max(${at.rate('system_pressure_stall_time_seconds_total{kind="some"}')}, 1)`,
    note: (labels) => ({ cpu: 'CPU', memory: 'memory', io: 'I/O' })[labels.resource] ?? labels.resource,
    section: 'pressure',
    optional: true,
  },
];
