import type { Unit } from '../format/units';
import type { Sampling } from '../live/sampling';

/** A line that values should stay on one side of. */
export interface PanelThreshold {
  value: number;
  label: string;
  state: 'warn' | 'crit';
  /** Values above it are wrong, unless it says so. */
  below?: boolean;
}

/** A time-series panel as data: pages list these, and one component draws them. */
export interface PanelDefinition {
  id: string;
  title: string;
  /** What the axis counts, in words. */
  subtitle: string;
  unit: Unit;
  expr: (at: Sampling) => string;
  /** All that it selects is of the one host that the page shows. */
  ofHost?: boolean;
  /** The distance of its samples, where it is not the one that the host is measured at. */
  everyMs?: number;
  /** The labels whose values name a series; without them the labels that differ do. */
  by?: readonly string[];
  /** Series named by the instrument, renamed for people. Their order here is their order in the legend and in a stack. */
  names?: Readonly<Record<string, string>>;
  /** Fixed colours (1 to 8) of names whose meaning is fixed; the others get theirs by hash. */
  colours?: Readonly<Record<string, number>>;
  stacked?: boolean;
  /** Each series has its area, down to zero; a series that is alone has one anyway. */
  area?: boolean;
  /** The stack is a whole that hardly changes, such as all memory: the axis ends with it. */
  whole?: boolean;
  /** Names whose area in the stack is left empty: what is free is nothing. */
  blank?: readonly string[];
  /** Upper end of the axis, where the unit has one. */
  max?: number;
  thresholds?: readonly PanelThreshold[];
  /** The lowest bucket of the distribution ends here: of a value below it only that is known, and no line is drawn of it. */
  floor?: number;
  /** Series that are zero all along are not shown: states that a machine is never in. */
  nonZero?: boolean;
  /** Left out while there is no data: not every machine has it. */
  optional?: boolean;
}
