import { Button, CopyButton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Check, ChevronDown, ChevronRight, Copy } from "lucide-react";
import { useState } from "react";
import { Fault } from "../../components/Fault";
import { CallError, calls, type TemplateSchema, type TemplateView } from "../../ipc/client";
import { keys } from "../../ipc/queries";

/** What a template's scripts expect to find in the store, to read and to take along. */
export function Schema({ template }: { template: TemplateView }) {
  const [shown, setShown] = useState(false);
  const schema = useQuery<TemplateSchema, CallError>({
    queryKey: keys.schema(template.key), queryFn: () => calls.templateSchema(template.key), staleTime: Infinity, enabled: shown,
  });
  const Fold = shown ? ChevronDown : ChevronRight;
  return (
    <div className="schema">
      <div className="row">
        <Button
          size="compact-sm" variant="default" leftSection={<Fold size={14} />} aria-expanded={shown} aria-controls={shown ? "schema-text" : undefined}
          onClick={() => setShown(!shown)} data-testid="schema-show"
        >
          {shown ? "Hide" : "Show"} {template.schema}
        </Button>
        {shown && schema.data && (
          <CopyButton value={schema.data.text}>
            {({ copied, copy }) => (
              <Button size="compact-sm" variant="default" leftSection={copied ? <Check size={14} /> : <Copy size={14} />} onClick={copy} data-testid="schema-copy">
                <span role="status">{copied ? "Copied" : "Copy"}</span>
              </Button>
            )}
          </CopyButton>
        )}
      </div>
      {shown && schema.error && <Fault error={schema.error} testId="schema-fault" />}
      {shown && schema.data && <pre className="schema-text mono small" id="schema-text" tabIndex={0} aria-label={schema.data.file} data-testid="schema-text">{schema.data.text}</pre>}
    </div>
  );
}
