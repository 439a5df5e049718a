// The numbers behind the burn-down: what is left over time, and where the rate of the last days leads.
import type { SeriesPoint } from "../../ipc/client";

const DAY = 86_400;
const WINDOW_DAYS = 14;
/** A rate seen for less than this says nothing about days to come. */
const LEAST_SECONDS = 3600;

export interface BurnDownData {
  at: number[];
  left: (number | null)[];
  forecast: (number | null)[];
  /** Unix time at which nothing would be left, at the present rate. */
  doneAt: number | null;
}

/** What is left at each point, and a straight line on from today at the mean rate of the last 14 days. */
export function burnDown(series: SeriesPoint[], total: number): BurnDownData {
  const at = series.map((point) => point.at);
  const left: (number | null)[] = series.map((point) => Math.max(0, total - point.migrated));
  const forecast: (number | null)[] = series.map(() => null);
  const last = series.at(-1);
  const from = last && (series.find((point) => point.at >= last.at - WINDOW_DAYS * DAY) ?? series[0]);
  let doneAt: number | null = null;
  if (last && from && last.at - from.at >= LEAST_SECONDS && last.migrated > from.migrated) {
    const perSecond = (last.migrated - from.migrated) / (last.at - from.at);
    const remaining = Math.max(0, total - last.migrated);
    doneAt = Math.round(last.at + remaining / perSecond);
    const span = Math.max(1, last.at - (series[0]?.at ?? last.at));
    const end = Math.min(doneAt, last.at + span);
    forecast[forecast.length - 1] = remaining;
    if (end > last.at) {
      at.push(end);
      left.push(null);
      forecast.push(Math.max(0, remaining - perSecond * (end - last.at)));
    }
  }
  return { at, left, forecast, doneAt };
}
