import 'uplot/dist/uPlot.min.css';
import { moneyText } from '@tael/ui/money/format';
import { useEffect, useRef } from 'react';
import UPlot from 'uplot';
import { usePreferences } from '../../lib/preferences';

type Props = {
  label: string;
  /** One name a bar, from the oldest on. */
  names: string[];
  amounts: bigint[];
  currency: string;
};

const HEIGHT = 200;
const colour = (name: string) =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** The colour that a token has now, dark or light, as a canvas understands it. */
function resolved(name: string, place: HTMLElement): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${name})`;
  place.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value || colour(name);
}

/** Bars over time. The same numbers stand in a table beside it, for those who do not see it. */
export default function Chart({ label, names, amounts, currency }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const { language, theme, text } = usePreferences();
  // biome-ignore lint/correctness/useExhaustiveDependencies: theme and size of text change its look
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const line = resolved('--t-line', element);
    const words = resolved('--t-text-soft', element);
    const bar = resolved('--t-primary', element);
    const axis = { stroke: words, grid: { show: false }, ticks: { show: false } };
    const bars = UPlot.paths.bars?.({ size: [0.6, 40], radius: 0.2 });
    const options: UPlot.Options = {
      width: element.clientWidth,
      height: HEIGHT,
      legend: { show: false },
      cursor: { show: false },
      padding: [12, 8, 0, 0],
      scales: { x: { time: false, range: [-0.6, names.length - 0.4] }, y: { range: topped } },
      axes: [
        {
          ...axis,
          splits: () => names.map((_, at) => at),
          values: (_, splits) => splits.map((at) => names[at] ?? ''),
          space: 44,
        },
        {
          ...axis,
          grid: { stroke: line, width: 1 },
          size: 76,
          values: (_, splits) => splits.map((at) => rough(at, currency, language)),
        },
      ],
      series: [{}, { fill: bar, ...(bars ? { paths: bars } : {}), points: { show: false } }],
    };
    // A picture may round what a table does not.
    const data: UPlot.AlignedData = [names.map((_, at) => at), amounts.map(Number)];
    const plot = new UPlot(options, data, element);
    const watcher = new ResizeObserver(() =>
      plot.setSize({ width: element.clientWidth, height: HEIGHT }),
    );
    watcher.observe(element);
    return () => {
      watcher.disconnect();
      plot.destroy();
    };
  }, [names, amounts, currency, language, theme, text]);
  return <div ref={place} className="spending__chart" role="img" aria-label={label} />;
}

const topped = (_: UPlot, __: number, most: number): [number, number] => [0, most > 0 ? most : 1];

/** A mark of the axis: whole units are enough. */
const rough = (minor: number, currency: string, language: 'zh-CN' | 'en') =>
  moneyText(BigInt(Math.round(minor)), currency, language).replace(/[.,]00$/, '');
