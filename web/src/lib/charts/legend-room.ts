/** How wide names are allowed to be, in digits; a longer one is cut. */
const nameWidths = [5, 8, 12, 16, 24];
/** Of names that are not known beforehand: the next one is not much longer than those that came first. */
const unknownWidth = 16;

/** How many places a legend has, and how wide the names in them are. */
export interface LegendRoom {
  places: number;
  nameWidth: number;
}

/**
 * The room that a legend takes: it follows from names alone, and never shrinks, so that nothing below it moves when a
 * value has a digit more, a series ends, or the crosshair is elsewhere. The width of names stays as it first was.
 * @returns takes the number of places that are used, the names, and how many places are kept at least.
 */
export function legendRoom(): (
  used: number,
  names: { known: readonly string[]; shown: readonly string[] },
  atLeast: number,
) => LegendRoom {
  let places = 0;
  let nameWidth = 0;
  return (used, { known, shown }, atLeast) => {
    places = Math.max(places, used, atLeast, known.length);
    if (nameWidth > 0) return { places, nameWidth };
    const longest = Math.max(known.length > 0 ? 0 : unknownWidth, ...[...known, ...shown].map((name) => name.length));
    const width = nameWidths.find((one) => one >= longest) ?? nameWidths.at(-1)!;
    if (shown.length > 0) nameWidth = width;
    return { places, nameWidth: width };
  };
}
