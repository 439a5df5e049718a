// The ticks of the burn-down: whole users, whole seconds, the same way of writing times as everywhere in the window.
const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;
const MONTH = 30 * DAY;
const YEAR = 365 * DAY;

const times = (unit: number, ...steps: number[]) => steps.map((step) => step * unit);

/** Steps between ticks of the time axis, in seconds; uPlot's own begin below one second. */
export const TIME_STEPS: number[] = [
  ...times(1, 1, 5, 10, 15, 30), ...times(MINUTE, 1, 5, 10, 15, 30), ...times(HOUR, 1, 2, 3, 4, 6, 8, 12), ...times(DAY, 1, 2, 3, 5, 7, 10, 15),
  ...times(MONTH, 1, 2, 3, 4, 6), ...times(YEAR, 1, 2, 5, 10),
];

/** Steps between ticks of a count: nobody is half a user. */
export const COUNT_STEPS: number[] = Array.from({ length: 10 }, (_, power) => [1, 2, 5].map((step) => step * 10 ** power)).flat();

const two = (value: number) => String(value).padStart(2, "0");

function parts(at: number): { year: string; day: string; minute: string; second: string } {
  const date = new Date(at * 1000);
  const minute = `${two(date.getHours())}:${two(date.getMinutes())}`;
  return {
    year: String(date.getFullYear()), day: `${two(date.getMonth() + 1)}-${two(date.getDate())}`, minute, second: `${minute}:${two(date.getSeconds())}`,
  };
}

/**
 * A label per tick (`at` in Unix seconds, `step` between them in seconds): `14:02:11`, `14:02`, `11-23` or `2026-11`. Below it, where it
 * changes and at the first tick, what it leaves out.
 */
export function timeLabels(at: number[], step: number): string[] {
  let above = "";
  return at.map((tick) => {
    const { year, day, minute, second } = parts(tick);
    const isMonth = step >= MONTH;
    const label = isMonth ? `${year}-${day.slice(0, 2)}` : step >= DAY ? day : step >= MINUTE ? minute : second;
    const wider = isMonth ? "" : step >= DAY ? year : `${year}-${day}`;
    const is = wider !== above;
    above = wider;
    return is && wider !== "" ? `${label}\n${wider}` : label;
  });
}
