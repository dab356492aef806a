/** A value of any shape as paths and texts: {"a":{"b":1}} is a.b = 1. Lists stay in one piece. */
export function pathsOf(value: Readonly<Record<string, unknown>>, before = ''): [path: string, text: string][] {
  return Object.entries(value).flatMap(([name, one]): [string, string][] => {
    const path = before ? `${before}.${name}` : name;
    if (one !== null && typeof one === 'object' && !Array.isArray(one) && Object.keys(one).length > 0)
      return pathsOf(one as Record<string, unknown>, path);
    return [[path, typeof one === 'string' ? one : JSON.stringify(one)]];
  });
}
