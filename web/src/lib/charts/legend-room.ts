/** How wide names are allowed to be, in digits; a longer one is cut. Few widths, so that one name more changes nothing. */
const nameWidths = [5, 8, 12, 16, 24];

/** How many places a legend has, and how wide the names in them are. */
export interface LegendRoom {
  places: number;
  nameWidth: number;
}

/**
 * The room that a legend takes: it follows from names alone, and only ever grows, so that nothing below it moves when a
 * value has a digit more, a series ends, or the crosshair is elsewhere.
 * @returns takes the number of places that are used, the lengths of the names, and how many places are kept at least.
 */
export function legendRoom(): (used: number, nameLengths: readonly number[], atLeast: number) => LegendRoom {
  let places = 0;
  let longest = 0;
  return (used, nameLengths, atLeast) => {
    places = Math.max(places, used, atLeast);
    longest = Math.max(longest, ...nameLengths);
    return { places, nameWidth: nameWidths.find((width) => width >= longest) ?? nameWidths.at(-1)! };
  };
}
