import { useFormats } from "../formats.tsx";

interface BarChartProps {
  /** What is counted, and of when. */
  caption: string;
  bars: readonly { label: string; value: number }[];
}

/** How many labels fit under the bars of a phone. */
const MAX_LABELS = 8;

/** Counts over time, as bars for eyes and as a table for everybody else. */
export function BarChart({ caption, bars }: BarChartProps) {
  const { formatNumber } = useFormats();
  const most = Math.max(1, ...bars.map(({ value }) => value));
  const every = Math.ceil(bars.length / MAX_LABELS);
  return (
    <figure className="chart">
      <div className="chart__frame" aria-hidden="true">
        <span className="chart__most">{formatNumber(most)}</span>
        <ol className="chart__bars">
          {bars.map(({ label, value }, index) => (
            <li className="chart__slot" key={label} title={`${label}: ${formatNumber(value)}`}>
              <span className="chart__bar" style={{ height: `${(value / most) * 100}%` }} />
              <span className="chart__label">{index % every === 0 ? label : ""}</span>
            </li>
          ))}
        </ol>
      </div>
      <table className="visually-hidden">
        <caption>{caption}</caption>
        <tbody>
          {bars.map(({ label, value }) => (
            <tr key={label}>
              <th scope="row">{label}</th>
              <td>{formatNumber(value)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  );
}
