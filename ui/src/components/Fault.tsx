import { Button } from "@mantine/core";
import { CircleX, RotateCw } from "lucide-react";
import type { CallError } from "../ipc/client";
import "./components.css";

/** An error: what went wrong, to what, and what to do next. */
export function Fault({ error, onRetry, testId = "fault" }: { error: CallError; onRetry?: () => void; testId?: string }) {
  return (
    <div role="alert" className="fault" data-testid={testId} data-code={error.code}>
      <CircleX size={16} className="bad" aria-hidden />
      <div className="fault-text">
        <div>{error.message}</div>
        {error.hint && <div className="dim" data-testid={`${testId}-hint`}>{error.hint}</div>}
      </div>
      {onRetry && (
        <Button size="compact-sm" variant="default" leftSection={<RotateCw size={14} />} onClick={onRetry}>
          Retry
        </Button>
      )}
    </div>
  );
}
