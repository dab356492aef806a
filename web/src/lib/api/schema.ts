// Written by web/api from docs/openapi.json; a test holds the two together.

export type Answer = {
  accepted: number;
  duplicates: number;
  rejected: number;
  rejections: {
    index: number;
    id: string | null;
    field: string;
    value: string | null;
    rule: string;
  }[];
};

export type BackupManifest = {
  format: number;
  made: string;
  program: string;
  rooms: {
    name: string;
    holds: string;
    files: {
      path: string;
      sizeBytes: number;
      sha256: string;
    }[];
  }[];
  sha256: string;
};

export type BackupRequest = {
  target: string | null;
};

export type BuildInfo = {
  version: string;
  revision: string;
  branch: string;
  buildUser: string;
  buildDate: string;
  goVersion: string;
};

export type Definition = {
  name: string;
  unit?: string;
  help?: string;
  source?: {
    event?: string;
    where?: Record<string, unknown>;
    field?: string;
    promql?: string;
  };
  aggregation?: 'count' | 'sum' | 'rate' | 'avg' | 'min' | 'max' | 'percentile' | 'ratio' | 'distinct';
  field?: string;
  percentile?: number;
  numerator?: {
    event?: string;
    where?: Record<string, unknown>;
    field?: string;
    promql?: string;
  };
  denominator?: {
    event?: string;
    where?: Record<string, unknown>;
    field?: string;
    promql?: string;
  };
  window?: '1m' | '1h' | '1d';
  labels?: (
    | string
    | {
        field: string;
        name?: string;
        hash?: boolean;
      }
  )[];
  validate?: {
    field: string;
    required?: boolean;
    type?: 'text' | 'number' | 'boolean';
    min?: number;
    max?: number;
    allowed?: unknown[];
  }[];
  thresholds?: {
    severity: 'warning' | 'critical';
    above?: number;
    below?: number;
  }[];
  origin: 'api' | 'file';
  kind: 'increments' | 'distribution' | 'value' | 'distinct' | 'promql';
  /** What draws it; `$w` stands for the window, `$seconds` for its length. */
  expression: string;
  /** Events that counted, since the server started. */
  matched: number;
  missing_field: number;
  folded: number;
  last_matched: string | null;
  state: {
    /** Of the last five minutes. */
    value: number | null;
    severity: ('warning' | 'critical') | null;
  };
};

export type DoorsStatus = {
  isLocalOnly: boolean;
  otlpGrpcPort: number | null;
  otlpHttpPort: number | null;
  statsDPort: number | null;
  isScraping: boolean;
};

export type DryRun = {
  warnings: string[];
  /** Events of the types that it looks at. */
  events: number;
  matched: number;
  missing_field: number;
  rejected: number;
  rejections: {
    id: string | null;
    field: string;
    value: string | null;
    rule: string;
  }[];
  /** Set when there were too many events: all since then were read. */
  since: string | null;
  /** Distance of the samples; the last one is now. */
  step_seconds: number;
  /** What a sample tells of: so long before it. */
  window_seconds: number;
  series: {
    labels: Record<string, string>;
    /** Over the whole time. */
    value: number | null;
    samples: [string, number][];
  }[];
};

export type ErrorsAnswer = {
  errors: {
    field: string;
    value: string | null;
    rule: string;
  }[];
};

export type Event = {
  id: string;
  type: string;
  time: string;
};

export type Health = {
  name: string;
  message: string;
  status: string;
  version: string;
};

export type HistogramSample = [
  number,
  {
    count: string;
    sum: string;
    /** Which bounds are in it (0 upper, 1 lower, 2 none, 3 both), lower, upper, count; empty buckets are left out. */
    buckets?: [number, string, string, string][];
  },
];

export type HostsAnswer = {
  hosts: {
    instance: string;
    state: string;
    lastSeenMs: number;
    intervalMs: number | null;
    os: string;
    osDescription: string;
    kernel: string;
    arch: string;
    cpuModel: string;
    cores: number | null;
    memoryBytes: number | null;
  }[];
};

export type InfluxError = {
  code: string;
  message: string;
  error: string;
};

export type InfluxResults = {
  results: {
    statement_id: number;
  }[];
};

export type InstantData =
  | {
      resultType: 'vector';
      result: VectorItem[];
      /** Only when it was asked for. */
      stats?: QueryStatistics;
    }
  | MatrixData
  | {
      resultType: 'scalar';
      result: Sample;
      /** Only when it was asked for. */
      stats?: QueryStatistics;
    }
  | {
      resultType: 'string';
      result: Sample;
      /** Only when it was asked for. */
      stats?: QueryStatistics;
    };

export type KindsAnswer = {
  kinds: {
    kind: string;
    count: number;
    last_seen: string;
    types: {
      type: string;
      count: number;
      last_seen: string;
    }[];
  }[];
  definitions: number;
  rejected: number;
};

export type Labels = Record<string, string>;

export type MatrixData = {
  resultType: 'matrix';
  result: MatrixItem[];
  /** Only when it was asked for. */
  stats?: QueryStatistics;
};

export type MatrixItem = {
  metric: Labels;
  values?: Sample[];
  histograms?: HistogramSample[];
};

export type MetricMetadata = {
  /** `counter`, `gauge`, `histogram`, `summary`, … or `unknown`. */
  type: string;
  help: string;
  unit: string;
};

export type MetricsRequest = {
  /** As OpenTelemetry (`task.execution.duration`) or as Prometheus writes it. */
  metric_name: string;
  time_range?: {
    /** RFC 3339, or Unix seconds with decimals; an hour before the end when left out. */
    start?: string;
    /** RFC 3339, or Unix seconds with decimals; now when left out. */
    end?: string;
  };
  /** `avg` (when left out), `sum`, `count`, `min`, `max` or a percentile such as `p95`, `p99.9`. */
  aggregation?: string;
  /** The labels that results are kept apart by. */
  group_by?: string[];
  /** Label to value, to a list of which one must be there, or to null: not there. */
  filters?: Record<string, unknown>;
  /** How much time each result stands for, such as `5m`; chosen by the range when left out. */
  step?: string;
  /** How old an answer to the same question may be, in seconds; when left out it is of now. */
  cache_duration?: number;
};

export type MonitoringFigures = {
  timestamp: string;
  system: {
    cpu: number | null;
    memory: number | null;
    uptime: number | null;
  };
  application: {
    responseTime: number | null;
    requestRate: number | null;
    errorCount: number | null;
  };
  database: {
    connections: number | null;
    avgQueryTime: number | null;
  };
  expressions: Record<string, string>;
  cached: boolean;
  warnings: string[];
};

export type MonitoringMetrics = {
  timestamp: string;
  metrics: {
    metric: string;
    aggregation: string;
    expression: string;
    values: {
      value: number | null;
      tags: Record<string, string>;
    }[];
  }[];
  cached: boolean;
  warnings: string[];
};

export type NamedCount = {
  name: string;
  value: number;
};

export type OtlpStatus = {
  code: number;
  message: string;
};

export type Pipeline = {
  pipeline: string;
  stages: {
    /** `all` for reports of whole runs. */
    stage: string;
    status: 'ok' | 'failing' | 'running';
    last_success: string | null;
    last_report: string;
    lag_seconds: number | null;
    backlog: number | null;
    error: string | null;
  }[];
};

export type Plan = {
  /** In canonical form. */
  expression: string;
  /** What it gives. */
  type: 'scalar' | 'string' | 'vector' | 'matrix';
  /** What is read, in the order of the text. */
  selectors: string[];
  /** The plan as an indented list. */
  text: string;
  plan: PlanStep;
};

export type PlanStep = {
  /** What is done. */
  kind: string;
  /** The part of the expression that it is. */
  expression: string;
  /** What is special: evaluated once, shared, … */
  notes: string[];
  /** What it builds on. */
  inputs: PlanStep[];
};

export type PoolsAnswer = {
  status: string;
  data: {
    scrapePools: string[];
  };
};

export type Problem = {
  /** An address that names the kind of problem. */
  type?: string;
  /** What it is, in a few words. */
  title: string;
  /** The HTTP status. */
  status: number;
  /** What was wrong, and what was expected. */
  detail?: string;
  /** What the server's own spans call the request. */
  traceId?: string;
  /** Prometheus' word for it, on routes that query. */
  errorType?: string;
};

export type PrometheusError = {
  status: 'error';
  errorType:
    'bad_data' | 'execution' | 'canceled' | 'timeout' | 'unavailable' | 'internal' | 'not_found' | 'not_acceptable';
  /** A sentence; a mistake in an expression is told with line and column. */
  error: string;
};

export type QueryStatistics = {
  /** Seconds by phase. */
  timings: Record<string, number>;
  samples: {
    /** Read from the store. */
    totalQueryableSamples: number;
    /** Held in memory at once. */
    peakSamples: number;
    /** Only with `stats=all`, as what follows. */
    returnedSamples?: number;
    selectedSeries?: number;
    steps?: number;
    /** Steps that were taken from the result cache. */
    cachedSteps?: number;
    /** The resolutions of the rollups that were read. */
    rollups?: string[];
    peakBytes?: number;
  };
};

export type Readiness = {
  status: string;
  reason?: string | null;
  warnings?: string[] | null;
  workers?:
    | {
        name: string;
        state: string;
        failures: number;
        lastFailure?: string | null;
        lastFailureAt?: string | null;
      }[]
    | null;
};

export type RejectsAnswer = {
  total: number;
  by_rule: {
    type: string;
    field: string;
    rule: string;
    count: number;
    last_seen: string;
  }[];
  recent: {
    time: string;
    type: string;
    id: string | null;
    field: string;
    value: string | null;
    rule: string;
    event: string;
  }[];
};

export type RuntimeInfo = {
  startTime: string;
  CWD: string;
  hostname: string;
  serverTime: string;
  reloadConfigSuccess: boolean;
  lastConfigTime: string;
  corruptionCount: number;
  /** Threads of the pool. */
  goroutineCount: number;
  GOMAXPROCS: number;
  GOMEMLIMIT: number;
  GOGC: string;
  GODEBUG: string;
  storageRetention: string;
};

export type Sample = [number, string];

export type SeriesExemplars = {
  seriesLabels: Labels;
  exemplars: {
    labels: Labels;
    value: string;
    /** Unix seconds. */
    timestamp: number;
  }[];
};

export type SlowQueries = {
  /** Null: none counts as slow. */
  thresholdSeconds: number | null;
  queries: {
    /** When it ended. */
    time: string;
    expression: string;
    /** Unix seconds. */
    start: number;
    /** Unix seconds. */
    end: number;
    /** Seconds; 0 for an instant query. */
    step: number;
    /** False: a limit or the timeout was passed, or the client hung up. */
    answered: boolean;
    totalSeconds: number;
    /** Waiting for its turn. */
    queueSeconds: number;
    /** Finding series. */
    selectSeconds?: number;
    /** Reading and calculating. */
    evaluationSeconds?: number;
    series?: number;
    /** Samples read. */
    samples?: number;
    returnedSamples?: number;
    /** The most bytes of samples held at a time, about. */
    peakBytes?: number;
  }[];
};

export type SourceStatus = {
  door: string;
  sender: string;
  firstSeenMs: number;
  lastSeenMs: number;
  requests: number;
  samples: number;
  samplesPerSecond: number;
  lagSeconds: number | null;
  rejected: number;
  lastRejectionMs: number | null;
  lastRejection: string | null;
  rejections: {
    reason: string;
    count: number;
    lastMs: number;
    example: string;
  }[];
};

export type StoreStatus = {
  headStats: {
    numSeries: number;
    numLabelPairs: number;
    /** Always 0. */
    chunkCount: number;
    /** Unix milliseconds. */
    minTime: number;
    /** Unix milliseconds. */
    maxTime: number;
  };
  seriesCountByMetricName: NamedCount[];
  labelValueCountByLabelName: NamedCount[];
  memoryInBytesByLabelName: NamedCount[];
  seriesCountByLabelValuePair: NamedCount[];
};

export type SyntaxNode = {
  type:
    | 'aggregation'
    | 'binaryExpr'
    | 'call'
    | 'matrixSelector'
    | 'numberLiteral'
    | 'parenExpr'
    | 'stringLiteral'
    | 'subquery'
    | 'unaryExpr'
    | 'vectorSelector';
  expr?: SyntaxNode | null;
  lhs?: SyntaxNode;
  rhs?: SyntaxNode;
  args?: SyntaxNode[];
  param?: SyntaxNode | null;
  func?: {
    name: string;
    argTypes: ('scalar' | 'string' | 'vector' | 'matrix')[];
    /** How many further arguments there may be; -1: any number. */
    variadic: number;
    returnType: 'scalar' | 'string' | 'vector' | 'matrix';
  };
  op?: string;
  bool?: boolean;
  matching?: {
    card: 'one-to-one' | 'many-to-one' | 'one-to-many' | 'many-to-many';
    on: boolean;
    labels: string[];
    include: string[];
    fillValues: {
      lhs: number | ('NaN' | '+Inf' | '-Inf') | null;
      rhs: number | ('NaN' | '+Inf' | '-Inf') | null;
    };
  } | null;
  grouping?: string[];
  without?: boolean;
  anchored?: boolean;
  smoothed?: boolean;
  name?: string;
  val?: string;
  /** Milliseconds. */
  offset?: number;
  /** Milliseconds. */
  range?: number;
  /** Milliseconds. */
  step?: number;
  /** Of `@`, Unix milliseconds. */
  timestamp?: number | null;
  startOrEnd?: ('start' | 'end') | null;
  matchers?: {
    name: string;
    type: '=' | '!=' | '=~' | '!~';
    value: string;
  }[];
};

export type TargetsAnswer = {
  status: string;
  data: {
    activeTargets: {
      discoveredLabels: Record<string, string>;
      labels: Record<string, string>;
      scrapePool: string;
      scrapeUrl: string;
      globalUrl: string;
      lastError: string;
      lastScrape: string | null;
      lastScrapeDuration: number;
      health: string;
      scrapeInterval: string;
      scrapeTimeout: string;
    }[];
    droppedTargets: {
      discoveredLabels: Record<string, string>;
      scrapePool: string;
    }[];
    droppedTargetCounts: Record<string, number>;
  };
};

export type Task = {
  task_id: string;
  task_type: string;
  status: 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled' | 'timed_out';
  failure_reason: string | null;
  error: string | null;
  component: string | null;
  queue: string | null;
  worker: string | null;
  queued: string | null;
  start: string | null;
  end: string | null;
  duration_seconds: number | null;
  cpu_seconds: number | null;
  /** Of one processor over the time that it ran. */
  cpu_percent: number | null;
  memory_bytes: number | null;
  /** As it was sent. */
  context: Record<string, unknown> | null;
};

export type TaskWithEvents = {
  task_id: string;
  task_type: string;
  status: 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled' | 'timed_out';
  failure_reason: string | null;
  error: string | null;
  component: string | null;
  queue: string | null;
  worker: string | null;
  queued: string | null;
  start: string | null;
  end: string | null;
  duration_seconds: number | null;
  cpu_seconds: number | null;
  /** Of one processor over the time that it ran. */
  cpu_percent: number | null;
  memory_bytes: number | null;
  /** As it was sent. */
  context: Record<string, unknown> | null;
  /** Queued, started, finished; as far as there are. */
  events: Event[];
};

export type UnknownDefinition = {
  /** As far as it has one. */
  name: string;
  /** As it is kept. */
  written: unknown;
  errors: {
    field: string;
    value: string | null;
    rule: string;
  }[];
};

export type VectorItem = {
  metric: Labels;
  /** Unix seconds and the value; a histogram has `histogram` instead. */
  value?: Sample;
  histogram?: HistogramSample;
};

export type WrittenDefinition = {
  name: string;
  unit?: string;
  help?: string;
  source?: {
    event?: string;
    where?: Record<string, unknown>;
    field?: string;
    promql?: string;
  };
  aggregation?: 'count' | 'sum' | 'rate' | 'avg' | 'min' | 'max' | 'percentile' | 'ratio' | 'distinct';
  field?: string;
  percentile?: number;
  numerator?: {
    event?: string;
    where?: Record<string, unknown>;
    field?: string;
    promql?: string;
  };
  denominator?: {
    event?: string;
    where?: Record<string, unknown>;
    field?: string;
    promql?: string;
  };
  window?: '1m' | '1h' | '1d';
  labels?: (
    | string
    | {
        field: string;
        name?: string;
        hash?: boolean;
      }
  )[];
  validate?: {
    field: string;
    required?: boolean;
    type?: 'text' | 'number' | 'boolean';
    min?: number;
    max?: number;
    allowed?: unknown[];
  }[];
  thresholds?: {
    severity: 'warning' | 'critical';
    above?: number;
    below?: number;
  }[];
};

/** Every route: its parameters, its body, and its answer. */
export interface Paths {
  '/-/healthy': {
    /** Tells that the program runs, where Prometheus tells it */
    get: { answer: undefined };
  };
  '/-/ready': {
    /** Tells whether the server takes and answers, where Prometheus tells it */
    get: { answer: undefined };
  };
  '/api/monitoring/metrics': {
    /** Tells what is now, without PromQL */
    get: {
      query: {
        /** A metric, as OpenTelemetry or as Prometheus writes it; may come several times. */
        metric_name?: string[];
        /** `avg` (when left out), `sum`, `count`, `min`, `max` or a percentile such as `p95`. Only with `metric_name`. */
        aggregation?: string;
        /** A label that values are kept apart by; may come several times. Only with `metric_name`. */
        group_by?: string[];
        /** A condition `label=value`; may come several times, all must hold. */
        filter?: string[];
        /** How old an answer to the same question may be, in seconds; when left out it is of now. */
        cache_duration?: number;
      };
      answer: MonitoringFigures | MonitoringMetrics;
    };
  };
  '/api/v1/activity/funnel': {
    /** Tells who went how far in a journey */
    get: {
      query: {
        /** Its name. */
        journey: string;
        /** A step, repeated in their order: of a journey its name; else a type, `business:name`, `feature:name`, `page:name`, `api:name` or `activity:journey/step`. */
        step?: string[];
        /** How long after the first step the others count, such as `1h`; `1d` when left out. */
        within?: string;
        /** From when on: RFC 3339 or Unix seconds. All that is kept when left out. */
        start?: string;
        /** Until when. */
        end?: string;
      };
      answer: {
        journey: string;
        steps: {
          step: string;
          entered: number;
          /** Of those who entered the first step. */
          conversion: number;
          /** Of those who entered the step before. */
          drop_off: number;
          median_seconds_from_previous: number | null;
        }[];
        subjects: number;
        /** There were more events than are read for one answer. */
        truncated: boolean;
      };
    };
  };
  '/api/v1/activity/journeys': {
    /** Lists journeys with their steps */
    get: {
      query: {
        /** From when on: RFC 3339 or Unix seconds. All that is kept when left out. */
        start?: string;
        /** Until when. */
        end?: string;
      };
      answer: {
        journeys: {
          journey: string;
          subjects: number;
          steps: string[];
        }[];
      };
    };
  };
  '/api/v1/activity/usage': {
    /** Tells who uses what, and how often */
    get: {
      query: {
        /** `user` (when left out), `organisation`, `feature`, `page` or `api`. */
        by?: string;
        /** From when on: RFC 3339 or Unix seconds. All that is kept when left out. */
        start?: string;
        /** Until when. */
        end?: string;
        /** How many rows; 100 when left out. */
        limit?: number;
      };
      answer: {
        by: string;
        rows: {
          key: string;
          events: number;
          api_calls: number;
          api_errors: number;
          users: number;
          sessions: number;
          last_seen: string | null;
        }[];
        total: {
          /** How many rows there would be without a limit. */
          keys: number;
          events: number;
          api_calls: number;
          api_errors: number;
          users: number;
          sessions: number;
          last_seen: string | null;
        };
        /** There were more events than are read for one answer. */
        truncated: boolean;
      };
    };
  };
  '/api/v1/alertmanagers': {
    /** Lists Alertmanagers: there are none */
    get: {
      answer: {
        status: 'success';
        data: unknown;
        /** Why the data may be wrong. */
        warnings?: string[];
        /** Why the data may not be what was meant. */
        infos?: string[];
      };
    };
  };
  '/api/v1/alerts': {
    /** Lists alerts: there are none */
    get: {
      answer: {
        status: 'success';
        data: unknown;
        /** Why the data may be wrong. */
        warnings?: string[];
        /** Why the data may not be what was meant. */
        infos?: string[];
      };
    };
  };
  '/api/v1/backup': {
    /** Copies the data folder while the server works */
    post: { body: BackupRequest; answer: BackupManifest };
  };
  '/api/v1/definitions': {
    /** Lists the metrics that are defined */
    get: {
      answer: {
        definitions: Definition[];
        /** Kept entries that this version does not understand, such as those of a later one. They stay as they are until DELETE removes them. */
        not_understood: UnknownDefinition[];
        /** What is wrong with the file that keeps definitions, and where. */
        damage: string | null;
      };
    };
    /** Defines a metric */
    post: { body: WrittenDefinition; answer: Definition };
  };
  '/api/v1/definitions/dry-run': {
    /** Tells what a definition would have made of recent events */
    post: {
      query: {
        /** How far back; 60 when left out. */
        minutes?: number;
      };
      body: WrittenDefinition;
      answer: DryRun;
    };
  };
  '/api/v1/definitions/rejects': {
    /** Tells which events were rejected, and why */
    get: {
      query: {
        /** How many of the recent ones, at most 1,000. */
        limit?: number;
      };
      answer: RejectsAnswer;
    };
  };
  '/api/v1/definitions/{name}': {
    /** Gives one definition */
    get: {
      path: {
        /** Its name. */
        name: string;
      };
      answer: Definition;
    };
    /** Defines a metric, or replaces its definition */
    put: {
      path: {
        /** Its name. */
        name: string;
      };
      body: WrittenDefinition;
      answer: Definition;
    };
    /** Removes a definition */
    delete: {
      path: {
        /** Its name. */
        name: string;
      };
      answer: undefined;
    };
  };
  '/api/v1/doors': {
    /** Tells where senders are listened for */
    get: { answer: DoorsStatus };
  };
  '/api/v1/events': {
    /** Takes events */
    post: { body: unknown; answer: Answer };
    /** Lists events, the newest first */
    get: {
      query: {
        /** From when on: RFC 3339 or Unix seconds. All that is kept when left out. */
        start?: string;
        /** Until when. */
        end?: string;
        /** A type, or the beginning of types and `*`; may be repeated. */
        type?: string[];
        /** `field:value`; may be repeated, and all must hold. */
        where?: string[];
        /** A text that is somewhere in the event. */
        text?: string;
        /** How many, at most 1,000; 100 when left out. */
        limit?: number;
        /** The `next_cursor` of the page before. */
        cursor?: string;
      };
      answer: {
        events: Event[];
        next_cursor: string | null;
        truncated: boolean;
      };
    };
  };
  '/api/v1/events/export': {
    /** Sends all events that match as a file */
    get: {
      query: {
        /** From when on: RFC 3339 or Unix seconds. All that is kept when left out. */
        start?: string;
        /** Until when. */
        end?: string;
        /** A type, or the beginning of types and `*`; may be repeated. */
        type?: string[];
        /** `field:value`; may be repeated, and all must hold. */
        where?: string[];
        /** A text that is somewhere in the event. */
        text?: string;
        /** `csv` or `ndjson`; the latter when left out. */
        format?: 'csv' | 'ndjson';
      };
      answer: undefined;
    };
  };
  '/api/v1/events/kinds': {
    /** Tells which kinds of events there are */
    get: { answer: KindsAnswer };
  };
  '/api/v1/events/{id}': {
    /** Gives one event */
    get: {
      path: {
        /** Its id. */
        id: string;
      };
      answer: Event;
    };
  };
  '/api/v1/explain': {
    /** Tells how an expression would be answered */
    get: {
      query: {
        /** PromQL. */
        query: string;
      };
      answer: {
        status: 'success';
        data: Plan;
        /** Why the data may be wrong. */
        warnings?: string[];
        /** Why the data may not be what was meant. */
        infos?: string[];
      };
    };
    /** Tells how an expression would be answered */
    post: {
      answer: {
        status: 'success';
        data: Plan;
        /** Why the data may be wrong. */
        warnings?: string[];
        /** Why the data may not be what was meant. */
        infos?: string[];
      };
    };
  };
  '/api/v1/export': {
    /** Sends a range query of any length as a file */
    get: {
      query: {
        /** PromQL. */
        query: string;
        /** The first moment: RFC 3339, or Unix seconds with decimals. */
        start: string;
        /** The last moment. */
        end: string;
        /** The time between two moments. */
        step: string;
        /** `csv` (when left out) or `json`. */
        format?: 'csv' | 'json';
        /** A shorter limit for each 1,000 steps than the setting `query-timeout`. */
        timeout?: string;
        /** How old a sample may be that stands for a moment. */
        lookback_delta?: string;
      };
      answer: {
        expression: string;
        start: string;
        end: string;
        step: string;
        unit: string;
        result: MatrixItem[];
        warnings: string[];
      };
    };
    /** Sends a range query of any length as a file */
    post: {
      answer: {
        expression: string;
        start: string;
        end: string;
        step: string;
        unit: string;
        result: MatrixItem[];
        warnings: string[];
      };
    };
  };
  '/api/v1/features': {
    /** Tells which parts of the API and the language there are */
    get: {
      answer: {
        status: 'success';
        data: Record<string, Record<string, boolean>>;
        /** Why the data may be wrong. */
        warnings?: string[];
        /** Why the data may not be what was meant. */
        infos?: string[];
      };
    };
  };
  '/api/v1/format_query': {
    /** Writes an expression in canonical form */
    get: {
      query: {
        /** PromQL. */
        query: string;
      };
      answer: {
        status: 'success';
        data: string;
        /** Why the data may be wrong. */
        warnings?: string[];
        /** Why the data may not be what was meant. */
        infos?: string[];
      };
    };
    /** Writes an expression in canonical form */
    post: {
      answer: {
        status: 'success';
        data: string;
        /** Why the data may be wrong. */
        warnings?: string[];
        /** Why the data may not be what was meant. */
        infos?: string[];
      };
    };
  };
  '/api/v1/funnel': {
    /** Tells who went how far in steps of any events */
    get: {
      query: {
        /** A step, repeated in their order: of a journey its name; else a type, `business:name`, `feature:name`, `page:name`, `api:name` or `activity:journey/step`. */
        step?: string[];
        /** How long after the first step the others count, such as `1h`; `1d` when left out. */
        within?: string;
        /** From when on: RFC 3339 or Unix seconds. All that is kept when left out. */
        start?: string;
        /** Until when. */
        end?: string;
      };
      answer: {
        steps: {
          step: string;
          entered: number;
          /** Of those who entered the first step. */
          conversion: number;
          /** Of those who entered the step before. */
          drop_off: number;
          median_seconds_from_previous: number | null;
        }[];
        subjects: number;
        /** There were more events than are read for one answer. */
        truncated: boolean;
      };
    };
  };
  '/api/v1/hosts': {
    /** Lists the hosts that measure themselves, and which have fallen silent */
    get: { answer: HostsAnswer };
  };
  '/api/v1/label/{name}/values': {
    /** Lists the values of a label */
    get: {
      path: {
        /** The label; one with other characters may be escaped: `U__http_2e_code` is `http.code`. */
        name: string;
      };
      query: {
        /** Selectors; what matches one of them counts. */
        'match[]'?: string[];
        /** From when on: RFC 3339, or Unix seconds with decimals. */
        start?: string;
        /** Until when: RFC 3339, or Unix seconds with decimals. */
        end?: string;
        /** How many at most; 0 is all. */
        limit?: number;
      };
      answer: {
        status: 'success';
        data: string[];
        /** Why the data may be wrong. */
        warnings?: string[];
        /** Why the data may not be what was meant. */
        infos?: string[];
      };
    };
  };
  '/api/v1/labels': {
    /** Lists label names */
    get: {
      query: {
        /** Selectors; what matches one of them counts. */
        'match[]'?: string[];
        /** From when on: RFC 3339, or Unix seconds with decimals. */
        start?: string;
        /** Until when: RFC 3339, or Unix seconds with decimals. */
        end?: string;
        /** How many at most; 0 is all. */
        limit?: number;
      };
      answer: {
        status: 'success';
        data: string[];
        /** Why the data may be wrong. */
        warnings?: string[];
        /** Why the data may not be what was meant. */
        infos?: string[];
      };
    };
    /** Lists label names */
    post: {
      answer: {
        status: 'success';
        data: string[];
        /** Why the data may be wrong. */
        warnings?: string[];
        /** Why the data may not be what was meant. */
        infos?: string[];
      };
    };
  };
  '/api/v1/logs': {
    /** Gives the newest log records of a window of time */
    get: {
      query: {
        /** The first time that is wanted, Unix milliseconds; an hour before the end when left out. */
        start?: number;
        /** The first time that is not wanted, Unix milliseconds; now when left out. */
        end?: number;
        /** How many at most: 100 when left out, up to 10,000. */
        limit?: number;
      };
      answer: unknown;
    };
  };
  '/api/v1/metadata': {
    /** Tells type, help and unit of metrics */
    get: {
      query: {
        /** Only this one. */
        metric?: string;
        /** How many metrics at most. */
        limit?: number;
        /** How many of each at most; there is never more than one. */
        limit_per_metric?: number;
      };
      answer: {
        status: 'success';
        data: Record<string, MetricMetadata[]>;
        /** Why the data may be wrong. */
        warnings?: string[];
        /** Why the data may not be what was meant. */
        infos?: string[];
      };
    };
  };
  '/api/v1/metrics/query': {
    /** Asks without PromQL */
    post: {
      body: MetricsRequest;
      answer: {
        data: {
          /** The end of the step that it stands for. */
          timestamp: string;
          /** Null where JSON has no number for it. */
          value: number | null;
          /** What it was grouped by. */
          tags: Labels;
        }[];
        /** The PromQL that was evaluated. */
        expression: string;
        step: string;
        /** Whether the answer was there already, from the same question or from one whose steps it shares. */
        cached: boolean;
        warnings: string[];
      };
    };
  };
  '/api/v1/models': {
    /** Lists models and versions with their accuracy */
    get: {
      query: {
        /** From when on: RFC 3339 or Unix seconds. All that is kept when left out. */
        start?: string;
        /** Until when. */
        end?: string;
        /** What drift is measured against, as for one model. */
        reference_start?: string;
        /** It ends here. */
        reference_end?: string;
      };
      answer: {
        models: {
          model: string;
          versions: {
            version: string;
            predictions: number;
            judged: number;
            correct: number;
            accuracy: number | null;
            mean_absolute_error: number | null;
            root_mean_squared_error: number | null;
            mean_duration_seconds: number | null;
            last_seen: string | null;
            /** The mean of the classes. */
            precision: number | null;
            /** The mean of the classes. */
            recall: number | null;
            psi: number | null;
          }[];
        }[];
      };
    };
  };
  '/api/v1/models/{model}': {
    /** Gives confusion, precision, recall and drift of a model */
    get: {
      path: {
        /** Its name. */
        model: string;
      };
      query: {
        /** From when on: RFC 3339 or Unix seconds. All that is kept when left out. */
        start?: string;
        /** Until when. */
        end?: string;
        /** Only this one. */
        version?: string;
        /** What drift is measured against begins here; the stretch of the same length before `start` when left out. */
        reference_start?: string;
        /** It ends here. */
        reference_end?: string;
      };
      answer: {
        model: string;
        versions: {
          version: string;
          predictions: number;
          judged: number;
          correct: number;
          accuracy: number | null;
          mean_absolute_error: number | null;
          root_mean_squared_error: number | null;
          mean_duration_seconds: number | null;
          last_seen: string | null;
          /** The mean of the classes. */
          precision: number | null;
          /** The mean of the classes. */
          recall: number | null;
          classes: {
            class: string;
            precision: number | null;
            recall: number | null;
            f1: number | null;
            predicted: number;
            actual: number;
          }[];
          confusion: {
            predicted: string;
            actual: string;
            count: number;
          }[];
          drift: {
            psi: number | null;
            reference_start: string;
            reference_end: string;
            bins: {
              bin: string;
              reference: number;
              current: number;
            }[];
          } | null;
        }[];
      };
    };
  };
  '/api/v1/parse_query': {
    /** Parses an expression into its tree */
    get: {
      query: {
        /** PromQL. */
        query: string;
      };
      answer: {
        status: 'success';
        data: SyntaxNode;
        /** Why the data may be wrong. */
        warnings?: string[];
        /** Why the data may not be what was meant. */
        infos?: string[];
      };
    };
    /** Parses an expression into its tree */
    post: {
      answer: {
        status: 'success';
        data: SyntaxNode;
        /** Why the data may be wrong. */
        warnings?: string[];
        /** Why the data may not be what was meant. */
        infos?: string[];
      };
    };
  };
  '/api/v1/pipelines': {
    /** Tells how pipelines and their stages are, by their last reports */
    get: {
      answer: {
        pipelines: Pipeline[];
      };
    };
  };
  '/api/v1/query': {
    /** Evaluates an expression at one moment */
    get: {
      query: {
        /** PromQL. */
        query: string;
        /** When: RFC 3339, or Unix seconds with decimals; now when left out. */
        time?: string;
        /** A shorter limit than the setting `query-timeout`: a duration such as `10s`, or seconds. */
        timeout?: string;
        /** How many series at most; 0 is all. */
        limit?: number;
        /** How old a sample may be that stands for a moment; 5 m when left out. */
        lookback_delta?: string;
        /** `auto` (rollups for long ranges and where samples are gone), `raw`, or the rollups `1m`, `5m`, `1h`, `1d` where they fit. */
        resolution?: string;
        /** 1: nothing is taken from earlier answers. */
        nocache?: string;
        /** `all` adds `stats`, anything else that is not empty the usual ones. */
        stats?: string;
      };
      answer: {
        status: 'success';
        data: InstantData;
        /** Why the data may be wrong. */
        warnings?: string[];
        /** Why the data may not be what was meant. */
        infos?: string[];
      };
    };
    /** Evaluates an expression at one moment */
    post: {
      answer: {
        status: 'success';
        data: InstantData;
        /** Why the data may be wrong. */
        warnings?: string[];
        /** Why the data may not be what was meant. */
        infos?: string[];
      };
    };
  };
  '/api/v1/query_exemplars': {
    /** Lists the exemplars of the series that an expression selects */
    get: {
      query: {
        /** PromQL. */
        query: string;
        /** From when on: RFC 3339, or Unix seconds with decimals. */
        start?: string;
        /** Until when: RFC 3339, or Unix seconds with decimals. */
        end?: string;
      };
      answer: {
        status: 'success';
        data: SeriesExemplars[];
        /** Why the data may be wrong. */
        warnings?: string[];
        /** Why the data may not be what was meant. */
        infos?: string[];
      };
    };
    /** Lists the exemplars of the series that an expression selects */
    post: {
      answer: {
        status: 'success';
        data: SeriesExemplars[];
        /** Why the data may be wrong. */
        warnings?: string[];
        /** Why the data may not be what was meant. */
        infos?: string[];
      };
    };
  };
  '/api/v1/query_range': {
    /** Evaluates an expression at every step of a range */
    get: {
      query: {
        /** PromQL. */
        query: string;
        /** The first moment: RFC 3339, or Unix seconds with decimals. */
        start: string;
        /** The last moment. */
        end: string;
        /** The time between two moments: a duration such as `15s`, or seconds. At most 11,000 points of a series. */
        step: string;
        /** A shorter limit than the setting `query-timeout`: a duration such as `10s`, or seconds. */
        timeout?: string;
        /** How many series at most; 0 is all. */
        limit?: number;
        /** How old a sample may be that stands for a moment; 5 m when left out. */
        lookback_delta?: string;
        /** `auto` (rollups for long ranges and where samples are gone), `raw`, or the rollups `1m`, `5m`, `1h`, `1d` where they fit. */
        resolution?: string;
        /** 1: nothing is taken from earlier answers. */
        nocache?: string;
        /** `all` adds `stats`, anything else that is not empty the usual ones. */
        stats?: string;
      };
      answer: {
        status: 'success';
        data: MatrixData;
        /** Why the data may be wrong. */
        warnings?: string[];
        /** Why the data may not be what was meant. */
        infos?: string[];
      };
    };
    /** Evaluates an expression at every step of a range */
    post: {
      answer: {
        status: 'success';
        data: MatrixData;
        /** Why the data may be wrong. */
        warnings?: string[];
        /** Why the data may not be what was meant. */
        infos?: string[];
      };
    };
  };
  '/api/v1/read': {
    /** Gives raw samples to a Prometheus (remote read) */
    post: { answer: undefined };
  };
  '/api/v1/rules': {
    /** Lists rules: there are none */
    get: {
      query: {
        /** Which rules. */
        type?: 'alert' | 'record';
      };
      answer: {
        status: 'success';
        data: unknown;
        /** Why the data may be wrong. */
        warnings?: string[];
        /** Why the data may not be what was meant. */
        infos?: string[];
      };
    };
  };
  '/api/v1/scrape_pools': {
    /** Lists the scrape jobs */
    get: { answer: PoolsAnswer };
  };
  '/api/v1/series': {
    /** Lists the series that match */
    get: {
      query: {
        /** Selectors; what matches one of them counts. */
        'match[]': string[];
        /** From when on: RFC 3339, or Unix seconds with decimals. */
        start?: string;
        /** Until when: RFC 3339, or Unix seconds with decimals. */
        end?: string;
        /** How many at most; 0 is all. */
        limit?: number;
      };
      answer: {
        status: 'success';
        data: Labels[];
        /** Why the data may be wrong. */
        warnings?: string[];
        /** Why the data may not be what was meant. */
        infos?: string[];
      };
    };
    /** Lists the series that match */
    post: {
      answer: {
        status: 'success';
        data: Labels[];
        /** Why the data may be wrong. */
        warnings?: string[];
        /** Why the data may not be what was meant. */
        infos?: string[];
      };
    };
  };
  '/api/v1/sources': {
    /** Tells who sends what, and what was refused */
    get: { answer: SourceStatus[] };
  };
  '/api/v1/status/buildinfo': {
    /** Tells whose API this is, and the server's version */
    get: {
      answer: {
        status: 'success';
        data: BuildInfo;
        /** Why the data may be wrong. */
        warnings?: string[];
        /** Why the data may not be what was meant. */
        infos?: string[];
      };
    };
  };
  '/api/v1/status/config': {
    /** Lists the settings as YAML */
    get: {
      answer: {
        status: 'success';
        data: {
          yaml: string;
        };
        /** Why the data may be wrong. */
        warnings?: string[];
        /** Why the data may not be what was meant. */
        infos?: string[];
      };
    };
  };
  '/api/v1/status/flags': {
    /** Lists the settings */
    get: {
      answer: {
        status: 'success';
        data: Record<string, string>;
        /** Why the data may be wrong. */
        warnings?: string[];
        /** Why the data may not be what was meant. */
        infos?: string[];
      };
    };
  };
  '/api/v1/status/runtimeinfo': {
    /** Tells how the server runs */
    get: {
      answer: {
        status: 'success';
        data: RuntimeInfo;
        /** Why the data may be wrong. */
        warnings?: string[];
        /** Why the data may not be what was meant. */
        infos?: string[];
      };
    };
  };
  '/api/v1/status/slow_queries': {
    /** Lists the newest slow queries */
    get: {
      query: {
        /** How many at most; 0 is all. */
        limit?: number;
      };
      answer: {
        status: 'success';
        data: SlowQueries;
        /** Why the data may be wrong. */
        warnings?: string[];
        /** Why the data may not be what was meant. */
        infos?: string[];
      };
    };
  };
  '/api/v1/status/tsdb': {
    /** Counts series, by what they have */
    get: {
      query: {
        /** How many entries in each list; 10 when left out. */
        limit?: number;
      };
      answer: {
        status: 'success';
        data: StoreStatus;
        /** Why the data may be wrong. */
        warnings?: string[];
        /** Why the data may not be what was meant. */
        infos?: string[];
      };
    };
  };
  '/api/v1/status/walreplay': {
    /** Tells how far the log has been read: it has, when this answers */
    get: {
      answer: {
        status: 'success';
        data: {
          min: number;
          max: number;
          current: number;
        };
        /** Why the data may be wrong. */
        warnings?: string[];
        /** Why the data may not be what was meant. */
        infos?: string[];
      };
    };
  };
  '/api/v1/targets': {
    /** Lists what is scraped */
    get: {
      query: {
        /** Which targets: `active`, `dropped` or `any`, the default. */
        state?: 'active' | 'dropped' | 'any';
        /** Those of one job only. */
        scrapePool?: string;
      };
      answer: TargetsAnswer;
    };
  };
  '/api/v1/targets/metadata': {
    /** Lists what targets tell of their metrics: see `/api/v1/metadata` */
    get: {
      query: {
        /** How many at most. */
        limit?: number;
      };
      answer: {
        status: 'success';
        data: unknown;
        /** Why the data may be wrong. */
        warnings?: string[];
        /** Why the data may not be what was meant. */
        infos?: string[];
      };
    };
  };
  '/api/v1/tasks': {
    /** Lists finished tasks, the newest first */
    get: {
      query: {
        /** From when on: RFC 3339 or Unix seconds. All that is kept when left out. */
        start?: string;
        /** Until when. */
        end?: string;
        /** Only these. */
        task_type?: string;
        /** Only these. */
        status?: string;
        /** Only these. */
        component?: string;
        /** Only these. */
        queue?: string;
        /** A text that is somewhere in the event. */
        text?: string;
        /** How many, at most 1,000; 100 when left out. */
        limit?: number;
        /** The `next_cursor` of the page before. */
        cursor?: string;
      };
      answer: {
        tasks: Task[];
        next_cursor: string | null;
        truncated: boolean;
      };
    };
  };
  '/api/v1/tasks/{id}': {
    /** Gives one task with its events */
    get: {
      path: {
        /** Its `task_id`. */
        id: string;
      };
      answer: TaskWithEvents;
    };
  };
  '/api/v1/traces/{traceId}': {
    /** Gives the spans of a trace */
    get: {
      path: {
        /** The trace's id, 32 hexadecimal digits. */
        traceId: string;
      };
      answer: unknown;
    };
  };
  '/api/v1/write': {
    /** Takes Prometheus remote write 1.0 and 2.0 */
    post: { answer: undefined };
  };
  '/api/v2/write': {
    /** Takes InfluxDB's line protocol (version 2) */
    post: {
      query: {
        /** The bucket; becomes a label. */
        bucket?: string;
        /** The unit of the timestamps; ns when left out. */
        precision?: 'ns' | 'us' | 'ms' | 's' | 'm' | 'h' | 'n' | 'u';
      };
      answer: undefined;
    };
  };
  '/federate': {
    /** Gives the newest samples of series to a Prometheus (federation) */
    get: {
      query: {
        /** A selector of series; may come several times, one must match. Without any nothing is given. */
        'match[]'?: string[];
      };
      answer: undefined;
    };
  };
  '/health': {
    /** Tells whether the server takes and answers, as InfluxDB tells it */
    get: { answer: Health };
  };
  '/healthz': {
    /** Tells that the program runs */
    get: { answer: undefined };
  };
  '/metrics': {
    /** Tells the server's own measures as text */
    get: { answer: undefined };
  };
  '/openapi/v1.json': {
    /** This document: every route, parameter, shape and error */
    get: { answer: unknown };
  };
  '/opentelemetry.proto.collector.logs.v1.LogsService/Export': {
    /** Takes OpenTelemetry logs (OTLP over gRPC) */
    post: { answer: undefined };
  };
  '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export': {
    /** Takes OpenTelemetry metrics (OTLP over gRPC) */
    post: { answer: undefined };
  };
  '/opentelemetry.proto.collector.trace.v1.TraceService/Export': {
    /** Takes OpenTelemetry traces (OTLP over gRPC) */
    post: { answer: undefined };
  };
  '/ping': {
    /** Tells InfluxDB's clients that somebody is there */
    get: { answer: undefined };
  };
  '/query': {
    /** Lets InfluxDB's clients make their database */
    get: {
      query: {
        /** `CREATE DATABASE …`, also in a form; nothing else is answered. */
        q?: string;
      };
      answer: InfluxResults;
    };
    /** Lets InfluxDB's clients make their database */
    post: {
      query: {
        /** `CREATE DATABASE …`, also in a form; nothing else is answered. */
        q?: string;
      };
      answer: InfluxResults;
    };
  };
  '/ready': {
    /** Tells whether the server takes and answers, where InfluxDB tells it */
    get: { answer: Readiness };
  };
  '/readyz': {
    /** Tells whether the server takes and answers */
    get: { answer: Readiness };
  };
  '/v1/logs': {
    /** Takes OpenTelemetry logs (OTLP over HTTP) */
    post: { body: unknown; answer: unknown };
  };
  '/v1/metrics': {
    /** Takes OpenTelemetry metrics (OTLP over HTTP) */
    post: { body: unknown; answer: unknown };
  };
  '/v1/traces': {
    /** Takes OpenTelemetry traces (OTLP over HTTP) */
    post: { body: unknown; answer: unknown };
  };
  '/write': {
    /** Takes InfluxDB's line protocol (version 1) */
    post: {
      query: {
        /** The database; becomes a label. */
        db?: string;
        /** The unit of the timestamps; ns when left out. */
        precision?: 'ns' | 'us' | 'ms' | 's' | 'm' | 'h' | 'n' | 'u';
      };
      answer: undefined;
    };
  };
  '/ws/live': {
    /** Opens the live stream (WebSocket) */
    get: { answer: undefined };
  };
}
