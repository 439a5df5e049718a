import { useComputedColorScheme } from "@mantine/core";
import { useEffect, useMemo, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { count, stamp } from "../../components/format";
import type { SeriesPoint } from "../../ipc/client";
import { COUNT_STEPS, TIME_STEPS, timeLabels } from "./axes";
import { burnDown } from "./burnDown";

function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim() || "#888";
}

/** The line of what is left, and where it leads. */
export function BurnDown({ series, total }: { series: SeriesPoint[]; total: number | null }) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const scheme = useComputedColorScheme("light");
  const data = useMemo(() => (total === null || series.length < 2 ? null : burnDown(series, total)), [series, total]);
  const has = data !== null;
  const latest = useRef(data);
  useEffect(() => {
    latest.current = data;
  });

  useEffect(() => {
    const element = host.current;
    if (!element || !has) return;
    const axis = { stroke: token("--dim"), grid: { stroke: token("--line"), width: 1 }, ticks: { show: false }, font: "11px Inter Variable" };
    const accent = token("--accent-line");
    const chart = new uPlot(
      {
        width: element.clientWidth || 600, height: element.clientHeight || 220, legend: { show: false }, cursor: { y: false, points: { size: 7 } },
        scales: { x: { time: true }, y: { range: (_plot, _min, max) => [0, Math.max(1, max * 1.06)] } },
        axes: [
          { ...axis, space: 90, incrs: TIME_STEPS, values: (_plot, values, _axis, _space, step) => timeLabels(values, step) },
          { ...axis, size: 52, incrs: COUNT_STEPS, values: (_plot, values) => values.map((value) => count(value)) },
        ],
        series: [
          {},
          { label: "left", stroke: accent, width: 2, fill: `color-mix(in srgb, ${accent} 8%, transparent)`, points: { show: false } },
          { label: "forecast", stroke: accent, width: 1.5, dash: [5, 5], points: { show: false } },
        ],
      },
      [[], [], []],
      element,
    );
    plot.current = chart;
    if (latest.current) chart.setData([latest.current.at, latest.current.left, latest.current.forecast]);
    const observer = new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height: element.clientHeight }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      chart.destroy();
      plot.current = undefined;
    };
  }, [has, scheme]);

  useEffect(() => {
    if (data) plot.current?.setData([data.at, data.left, data.forecast]);
  }, [data]);

  if (!data) {
    return <p className="dim chart-empty">{total === null ? "The legacy total is not known, so there is nothing to burn down." : "The line begins with the first user that moves."}</p>;
  }
  const last = data.left.findLast((value) => value !== null) ?? 0;
  const words = data.doneAt === null
    ? `${count(last)} left; the moves so far say nothing about when the rest follow.`
    : `${count(last)} left; at the mean rate of the last 14 days nothing is left by ${stamp(new Date(data.doneAt * 1000).toISOString()).slice(0, 10)}.`;
  return (
    <>
      <div ref={host} className="chart" role="img" aria-label={`Burn-down: ${words}`} data-testid="burn-down" />
      <p className="dim small">{words}</p>
    </>
  );
}
