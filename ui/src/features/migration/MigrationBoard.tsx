import { Button } from "@mantine/core";
import { RefreshCw, Square } from "lucide-react";
import { useDesk } from "../../app/desk";
import { Fault } from "../../components/Fault";
import { age, count, percent } from "../../components/format";
import { Sign } from "../../components/Sign";
import { useNow } from "../../components/useNow";
import type { ConnectionView, CountsView, Figure } from "../../ipc/client";
import { isAboutSecrets } from "../secrets/words";
import { BurnDown } from "./BurnDown";
import { useMigration } from "./useMigration";
import "./migration.css";

function Source({ figure, now }: { figure: Figure; now: number }) {
  if (figure.value === null) return <>not known</>;
  return <>{figure.source}{figure.at ? `, ${age(figure.at, now)}` : ""}</>;
}

interface CardProperties {
  title: string;
  figure: Figure;
  now: number;
  testId: string;
  sign?: string;
}

/** A number with its source, its age and what it cannot see. */
function FigureCard({ title, figure, now, testId, sign = "" }: CardProperties) {
  const value = figure.value === null ? "–" : `${figure.value > 0 ? sign : ""}${count(figure.value)}`;
  return (
    <div className="card figure">
      <div className="dim">{title}</div>
      <div className="number" data-testid={testId} data-value={figure.value ?? ""}>{value}</div>
      <div className="dim small"><Source figure={figure} now={now} /></div>
    </div>
  );
}

function Failures({ counts }: { counts: CountsView }) {
  const total = counts.failed.reduce((sum, one) => sum + one.count, 0);
  const most = Math.max(1, ...counts.failed.map((one) => one.count));
  return (
    <section className="card" aria-label="Failed logins">
      <h2>Failed logins by reason <span className="dim">24 h · ledger</span></h2>
      {total === 0 ? (
        <p className="dim failures-none">None in the last 24 hours.</p>
      ) : (
        <ul className="failures" data-testid="failures">
          {counts.failed.map((one) => (
            <li key={one.code} data-code={one.code}>
              <span><b className="mono">{one.code}</b> {one.meaning}</span>
              <span className="failure-lane" aria-hidden><i className={one.code} style={{ width: `${(100 * one.count) / most}%` }} /></span>
              <span className="failure-count">{count(one.count)}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Sources({ counts, now }: { counts: CountsView; now: number }) {
  const rows: [string, Figure][] = [
    ["legacy users", counts.legacy_total], ["migrated", counts.migrated], ["left", counts.left], ["moved, 24 h", counts.today], ["moved, last hour", counts.last_hour],
  ];
  return (
    <section className="card sources" aria-label="Where the numbers come from">
      <h2>Where the numbers come from</h2>
      <table>
        <thead><tr><th>number</th><th>source</th><th>age</th><th>cannot see</th></tr></thead>
        <tbody>
          {rows.map(([name, figure]) => (
            <tr key={name}>
              <td>{name}</td><td className="mono">{figure.source}</td><td className="nowrap">{figure.value !== null && figure.at ? age(figure.at, now) : "not known"}</td>
              <td className="dim">{figure.blind_spot ?? "–"}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** The place where what keeps the legacy store from being counted is put right. */
function Remedy({ code, error }: { code: string; error: string }) {
  const show = useDesk((desk) => desk.show);
  const want = useDesk((desk) => desk.want);
  if (isAboutSecrets({ code })) {
    return <button type="button" className="link nowrap" onClick={() => show("secrets")} data-testid="secrets-open">Open the secrets of this connection</button>;
  }
  const refused = /(\S+) is not among the hosts this connection may reach/.exec(error)?.[1];
  if (!refused) return null;
  return <button type="button" className="link nowrap" onClick={() => want(refused)} data-testid="allow-open">Allow {refused} …</button>;
}

/** How far the migration is, how fast, and what fails. */
export function MigrationBoard({ connection }: { connection: ConnectionView }) {
  const { counts, error, recount, counting, stop } = useMigration(connection.name);
  const now = useNow(1000);
  const failed = counts?.failed.reduce((sum, one) => sum + one.count, 0) ?? 0;
  return (
    <main className="page" data-region aria-label="Migration" data-testid="migration">
      <div className="page-head">
        <h1>{connection.name} · migration</h1>
        <span className="dim">{connection.import_mode === "on" ? "import is on: a good login moves the user" : "import is off: nothing moves"}</span>
        {counting ? (
          <Button className="row-end" size="compact-sm" variant="default" leftSection={<Square size={12} />} onClick={stop} data-testid="count-stop">
            Counting … Stop
          </Button>
        ) : (
          <Button className="row-end" size="compact-sm" variant="default" leftSection={<RefreshCw size={14} />} onClick={recount} data-testid="count-refresh">
            Count the legacy store
          </Button>
        )}
      </div>
      {error && <div className="stack page-fault"><Fault error={error} testId="counts-fault" /><Remedy code={error.code} error={error.message} /></div>}
      {!counts && !error && <p className="dim">Counting …</p>}
      {counts && (
        <div className="board">
          {counts.error && (
            <div className="board-wide fault-soft" role="status" data-testid="count-error">
              <Sign tone="no" /> {counts.error} <Remedy code={counts.error_code ?? ""} error={counts.error} />
            </div>
          )}
          <div className="board-top">
            <div className="card figure">
              <div className="dim">migrated</div>
              <div className="big" data-testid="percent-migrated">{counts.percent === null ? "–" : percent(counts.percent)}</div>
              <div className="dim small">
                <b data-testid="count-migrated" data-value={counts.migrated.value ?? ""}>{count(counts.migrated.value ?? 0)}</b> of{" "}
                <b data-testid="count-total" data-value={counts.legacy_total.value ?? ""}>{counts.legacy_total.value === null ? "an unknown number" : count(counts.legacy_total.value)}</b>
                {" · "}<Source figure={counts.migrated} now={now} />{counts.legacy_total.value !== null && <>{" · legacy total from "}<Source figure={counts.legacy_total} now={now} /></>}
              </div>
            </div>
            <FigureCard title="left" figure={counts.left} now={now} testId="count-left" />
            <FigureCard title="moved, 24 h" figure={counts.today} now={now} testId="count-today" sign="+" />
            <FigureCard title="moved, last hour" figure={counts.last_hour} now={now} testId="count-rate" sign="+" />
            <div className="card figure">
              <div className="dim">failed, 24 h</div>
              <div className={failed > 0 ? "number no" : "number"} data-testid="count-failed" data-value={failed}>{failed > 0 && <Sign tone="no" size={18} />} {count(failed)}</div>
              <div className="dim small">{counts.failed.filter((one) => one.count > 0).map((one) => `${one.code} ${one.count}`).join(" · ") || "ledger"}</div>
            </div>
          </div>
          <section className="card board-chart" aria-label="Left to migrate">
            <h2>Left to migrate <span className="dim">burn-down · ledger{counts.last_migration_at && ` · last user moved ${age(counts.last_migration_at, now)}`}</span></h2>
            <BurnDown series={counts.series} total={counts.legacy_total.value} />
          </section>
          <Failures counts={counts} />
          <Sources counts={counts} now={now} />
        </div>
      )}
    </main>
  );
}
