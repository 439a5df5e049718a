import type { Value, Warning } from "../../ipc/client";
import { Sign } from "../../components/Sign";
import { fieldOf } from "./outcomes";

const EXPECTED = ["user_id", "email", "email_verified"];

function shown(value: Value): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** What the script gave back, each field with what the platform would think of it. */
export function Profile({ result, warnings, isProfile }: { result: Value; warnings: Warning[]; isProfile: boolean }) {
  if (result === null || typeof result !== "object" || Array.isArray(result)) {
    return <pre className="result mono" data-testid="profile">{JSON.stringify(result, null, 2)}</pre>;
  }
  const about = (field: string) =>
    warnings.filter((warning) => fieldOf(warning.rule) === field || (fieldOf(warning.rule) === "metadata" && field.endsWith("_metadata")));
  const missing = isProfile ? EXPECTED.filter((field) => !(field in result) && about(field).length > 0) : [];
  return (
    <dl className="profile mono" data-testid="profile">
      {[...Object.entries(result), ...missing.map((field): [string, undefined] => [field, undefined])].map(([field, value]) => {
        const found = about(field);
        return (
          <div key={field}>
            <dt>{field}</dt>
            <dd>
              <span>{value === undefined ? "–" : shown(value)}</span>
              {found.length === 0 && isProfile && EXPECTED.includes(field) && <> <Sign tone="ok" size={12} /><span className="hidden-visually">as the platform wants it</span></>}
              {found.map((warning) => (
                <span key={warning.rule} className="no profile-note"><Sign tone="no" size={12} /> {warning.message}</span>
              ))}
            </dd>
          </div>
        );
      })}
    </dl>
  );
}
