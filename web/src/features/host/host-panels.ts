import type { PanelDefinition } from '../../lib/charts/panel';
import { memoryPanel } from '../../lib/host/memory-panel';

/** A part of the host page: its charts, and where its table stands, if it has one. */
export interface HostSection {
  id: string;
  title: string;
  panels: readonly PanelDefinition[];
  table?: 'filesystems' | 'processes';
}

const sections: readonly HostSection[] = [
  {
    id: 'cpu',
    title: 'Processors',
    panels: [
      {
        id: 'cpu-cores',
        title: 'Cores',
        subtitle: 'percent busy, each core',
        unit: 'ratio',
        // Of the core's own ticks: measured by the clock, a second that was a little long would be busier than it has time.
        expr: (at) => {
          const of = (selector: string) => `sum by (cpu_logical_number) (${at.rate(selector)})`;
          const busy = of('system_cpu_time_seconds_total{cpu_mode!~"idle|iowait"}');
          return `label_replace(${busy} / ${of('system_cpu_time_seconds_total')}, "core", "core $1", "cpu_logical_number", "(.*)")`;
        },
        by: ['core'],
        max: 1,
      },
      {
        id: 'cpu-waiting',
        title: 'CPU wait',
        subtitle: 'percent of all cores: I/O wait, and steal by the hypervisor',
        unit: 'ratio',
        expr: (at) => at.gauge('system_cpu_utilization_ratio{cpu_mode=~"iowait|steal"}'),
        by: ['cpu_mode'],
        names: { iowait: 'I/O wait', steal: 'steal' },
        colours: { iowait: 4, steal: 6 },
      },
      {
        id: 'context-switches',
        title: 'Context switches',
        subtitle: 'per second',
        unit: 'perSecond',
        expr: (at) => at.rate('system_context_switches_total'),
      },
      {
        id: 'interrupts',
        title: 'Interrupts',
        subtitle: 'per second',
        unit: 'perSecond',
        expr: (at) => at.rate('system_interrupts_total'),
        optional: true,
      },
    ],
  },
  {
    id: 'pressure',
    title: 'Pressure',
    panels: [
      {
        id: 'pressure-some',
        title: 'Some threads stalled',
        subtitle: 'share of time, by resource',
        unit: 'ratio',
        expr: (at) => `clamp_max(${at.rate('system_pressure_stall_time_seconds_total{kind="some"}')}, 1)`,
        by: ['resource'],
        names: { cpu: 'CPU', memory: 'memory', io: 'I/O' },
        colours: { cpu: 1, memory: 6, io: 2 },
        optional: true,
      },
      {
        id: 'pressure-full',
        title: 'All threads stalled',
        subtitle: 'share of time, by resource',
        unit: 'ratio',
        expr: (at) => `clamp_max(${at.rate('system_pressure_stall_time_seconds_total{kind="full"}')}, 1)`,
        by: ['resource'],
        names: { cpu: 'CPU', memory: 'memory', io: 'I/O' },
        colours: { cpu: 1, memory: 6, io: 2 },
        optional: true,
      },
    ],
  },
  {
    id: 'memory',
    title: 'Memory',
    panels: [
      { id: 'memory-use', title: 'Memory use', ...memoryPanel },
      {
        id: 'memory-available',
        title: 'Available memory',
        subtitle: 'could be had without swapping',
        unit: 'bytes',
        expr: (at) => at.gauge('system_linux_memory_available_bytes'),
      },
      {
        id: 'swap',
        title: 'Swap',
        subtitle: 'by use',
        unit: 'bytes',
        expr: (at) => at.gauge('system_paging_usage_bytes'),
        by: ['system_paging_state'],
        names: { used: 'used', free: 'free' },
        colours: { used: 6, free: 8 },
        stacked: true,
        whole: true,
        blank: ['free'],
        optional: true,
      },
      {
        id: 'page-faults',
        title: 'Page faults',
        subtitle: 'per second; a major one waits for a disk',
        unit: 'perSecond',
        expr: (at) => at.rate('system_paging_faults_total'),
        by: ['system_paging_fault_type'],
        colours: { minor: 1, major: 2 },
        optional: true,
      },
      {
        id: 'dirty-memory',
        title: 'Dirty memory',
        subtitle: 'waits to be written to a disk',
        unit: 'bytes',
        expr: (at) => at.gauge('system_linux_memory_dirty_bytes'),
        optional: true,
      },
    ],
  },
  {
    id: 'disks',
    title: 'Disks',
    panels: [
      {
        id: 'disk-bytes',
        title: 'Disk throughput',
        subtitle: 'each disk, per second',
        unit: 'bytesPerSecond',
        expr: (at) => at.rate('system_disk_io_bytes_total'),
        by: ['system_device', 'disk_io_direction'],
        optional: true,
      },
      {
        id: 'disk-operations',
        title: 'Disk operations',
        subtitle: 'each disk, per second',
        unit: 'perSecond',
        expr: (at) => at.rate('system_disk_operations_total'),
        by: ['system_device', 'disk_io_direction'],
        optional: true,
      },
      {
        id: 'disk-busy',
        title: 'Disk busy',
        subtitle: 'share of time with something to do',
        unit: 'ratio',
        expr: (at) => `clamp_max(${at.rate('system_disk_io_time_seconds_total')}, 1)`,
        by: ['system_device'],
        optional: true,
      },
      {
        id: 'disk-latency',
        title: 'Disk latency',
        subtitle: 'mean time of an operation, queueing included',
        unit: 'seconds',
        expr: (at) =>
          `${at.rate('system_disk_operation_time_seconds_total')} / (${at.rate('system_disk_operations_total')} > 0)`,
        by: ['system_device', 'disk_io_direction'],
        optional: true,
      },
    ],
  },
  { id: 'filesystems', title: 'File systems', panels: [], table: 'filesystems' },
  {
    id: 'network',
    title: 'Network',
    panels: [
      {
        id: 'network-bytes',
        title: 'Network throughput',
        subtitle: 'each interface, per second',
        unit: 'bytesPerSecond',
        expr: (at) => at.rate('system_network_io_bytes_total'),
        by: ['network_interface_name', 'network_io_direction'],
      },
      {
        id: 'network-packets',
        title: 'Network packets',
        subtitle: 'each interface, per second',
        unit: 'perSecond',
        expr: (at) => at.rate('system_network_packet_count_total'),
        by: ['network_interface_name', 'network_io_direction'],
      },
      {
        id: 'network-errors',
        title: 'Network errors and drops',
        subtitle: 'all interfaces, packets per second',
        unit: 'perSecond',
        expr: (at) =>
          `label_replace(sum by (network_io_direction) (${at.rate('system_network_errors_total')}), "what", "errors", "", "") or ` +
          `label_replace(sum by (network_io_direction) (${at.rate('system_network_packet_dropped_total')}), "what", "drops", "", "")`,
        by: ['network_io_direction', 'what'],
        names: {
          'receive errors': 'received, errors',
          'receive drops': 'received, drops',
          'transmit errors': 'sent, errors',
          'transmit drops': 'sent, drops',
        },
      },
      {
        id: 'sockets',
        title: 'Sockets',
        subtitle: 'by transport and state',
        unit: 'count',
        expr: (at) => at.gauge('system_network_connection_count'),
        by: ['network_transport', 'network_connection_state'],
        nonZero: true,
      },
    ],
  },
  {
    id: 'processes',
    title: 'Processes',
    panels: [
      {
        id: 'process-count',
        title: 'Process count',
        subtitle: 'by state',
        unit: 'count',
        expr: (at) => at.gauge('system_process_count'),
        by: ['process_state'],
        nonZero: true,
      },
      {
        id: 'thread-count',
        title: 'Threads',
        subtitle: 'of all processes',
        unit: 'count',
        expr: (at) => at.gauge('system_thread_count'),
      },
      {
        id: 'processes-created',
        title: 'Processes started',
        subtitle: 'processes and threads, per second',
        unit: 'perSecond',
        expr: (at) => at.rate('system_process_created_total'),
        optional: true,
      },
      {
        id: 'open-files',
        title: 'Open files',
        subtitle: 'of all processes',
        unit: 'count',
        expr: (at) => at.gauge('system_open_files_count'),
      },
    ],
    table: 'processes',
  },
  {
    id: 'barograph',
    title: 'Barograph itself',
    panels: [
      {
        id: 'barograph-cpu',
        title: 'Barograph CPU',
        subtitle: 'percent of one core',
        unit: 'ratio',
        expr: (at) => `sum by (job) (${at.rate('process_cpu_time_seconds_total{job=~"barograph|barograph-agent"}')})`,
        by: ['job'],
        colours: { barograph: 1, 'barograph-agent': 1 },
      },
      {
        id: 'barograph-memory',
        title: 'Barograph memory',
        subtitle: 'resident',
        unit: 'bytes',
        expr: (at) => at.gauge('process_memory_usage_bytes{job=~"barograph|barograph-agent"}'),
        by: ['job'],
        colours: { barograph: 6, 'barograph-agent': 6 },
      },
    ],
  },
];

export const hostSections = sections.map((section) => ({
  ...section,
  panels: section.panels.map((panel) => ({ ...panel, ofHost: true })),
}));
