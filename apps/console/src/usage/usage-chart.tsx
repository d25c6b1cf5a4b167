import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import styles from './usage.module.css';

interface Props {
  /** The names of the bars. */
  labels: readonly string[];
  /** The values of each group by bar, the lowest part of the bars first. */
  series: readonly number[][];
  label: string;
  format: (value: number) => string;
  onHover: (place: number | null) => void;
  /** A click at a bar, with the value at that height. */
  onSelect: (place: number, value: number) => void;
}

const height = 260;
const tickWidth = 72;

/** Stacked bars. A screen reader gets the tables below, which have the same figures. */
export default function UsageChart(props: Props) {
  const { labels, series } = props;
  const host = useRef<HTMLDivElement>(null);
  const latest = useRef(props);
  latest.current = props;
  useEffect(() => {
    const element = host.current;
    if (!element) return;
    const plot = new uPlot(optionsOf(element, latest), dataOf(labels.length, series), element);
    const select = () => {
      const { idx: place, top } = plot.cursor;
      if (typeof place === 'number') latest.current.onSelect(place, plot.posToVal(top ?? 0, 'y'));
    };
    plot.over.addEventListener('click', select);
    const resizing = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height }));
    resizing.observe(element);
    const redraw = () => plot.redraw();
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', redraw);
    const theme = new MutationObserver(redraw);
    theme.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    return () => {
      resizing.disconnect();
      theme.disconnect();
      scheme.removeEventListener('change', redraw);
      plot.destroy();
    };
  }, [labels, series]);
  return <div ref={host} className={styles['chart']} role="img" aria-label={props.label} />;
}

/** Each series is drawn from zero to the top of its part, the highest first, so that the lower parts cover it. */
function dataOf(count: number, series: readonly number[][]): uPlot.AlignedData {
  const tops: number[][] = [];
  for (const values of series) tops.push(values.map((value, place) => value + (tops.at(-1)?.[place] ?? 0)));
  return [Array.from({ length: count }, (_, place) => place), ...tops.toReversed()];
}

/** The colour of a custom property in the present theme: a canvas does not know the property. */
function colourOf(element: HTMLElement, name: string): string {
  element.style.color = `var(${name})`;
  return getComputedStyle(element).color;
}

function optionsOf(element: HTMLElement, latest: { current: Props }): uPlot.Options {
  const colour = (name: string) => () => colourOf(element, name);
  const { series, labels } = latest.current;
  const font = `12px ${getComputedStyle(element).fontFamily}`;
  const axis = { stroke: colour('--chart-ink'), ticks: { show: false }, font };
  const bars = uPlot.paths.bars;
  if (!bars) throw new Error('uPlot was built without bars');
  return {
    width: element.clientWidth,
    height,
    legend: { show: false },
    cursor: { x: false, y: false, points: { show: false }, drag: { x: false, y: false } },
    scales: {
      x: { time: false, range: () => [-0.5, Math.max(labels.length, 1) - 0.5] },
      y: { range: (_plot, _min, max) => [0, max > 0 ? max * 1.05 : 1] },
    },
    axes: [
      {
        ...axis,
        size: 32,
        grid: { show: false },
        space: tickWidth,
        incrs: [1, 2, 5, 7, 10, 14, 30, 60, 120],
        values: (_plot, places) => places.map((place) => labels[place] ?? ''),
      },
      {
        ...axis,
        size: 64,
        grid: { stroke: colour('--chart-line'), width: 1 },
        values: (_plot, values) => values.map((value) => latest.current.format(value)),
      },
    ],
    series: [
      {},
      ...series.map((_values, place) => ({
        fill: colour(`--chart-${series.length - place}`),
        width: 0,
        paths: bars({ size: [0.7, 48], radius: 0.08 }),
        points: { show: false },
      })),
    ],
    hooks: {
      setCursor: [({ cursor: { idx } }) => latest.current.onHover(typeof idx === 'number' ? idx : null)],
    },
  };
}
