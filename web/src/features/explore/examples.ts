import type { Drawing } from './url-state';

export interface Example {
  title: string;
  expr: string;
  /** What has to be there. */
  metric: string;
  drawing?: Drawing;
}

/** First questions to this host; those whose metric is missing are left out. */
export const examples: readonly Example[] = [
  {
    title: 'CPU use by mode, mean of all cores',
    expr: 'avg by (cpu_mode) (rate(system_cpu_time_seconds_total[1m]))',
    metric: 'system_cpu_time_seconds_total',
    drawing: 'stacked',
  },
  {
    title: 'What the memory is used for',
    expr: 'system_memory_usage_bytes',
    metric: 'system_memory_usage_bytes',
    drawing: 'stacked',
  },
  {
    title: 'Bytes over the network, by direction',
    expr: 'sum by (network_io_direction) (rate(system_network_io_bytes_total[1m]))',
    metric: 'system_network_io_bytes_total',
  },
  {
    title: 'The five busiest programs',
    expr: 'topk(5, process_cpu_utilization_ratio)',
    metric: 'process_cpu_utilization_ratio',
  },
  {
    title: 'How full each file system is',
    expr: 'system_filesystem_utilization_ratio',
    metric: 'system_filesystem_utilization_ratio',
  },
  {
    title: 'How long each source of metrics takes to read',
    expr: 'topk(5, barograph_collect_source_duration_seconds)',
    metric: 'barograph_collect_source_duration_seconds',
  },
];
