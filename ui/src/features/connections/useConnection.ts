import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { CallError, calls, channel, type Environment, type Runtime, type StageView } from "../../ipc/client";
import { replaceConnection } from "../../ipc/queries";

/** What a fault is about: it is shown there. */
export type Part = "page" | "allowed" | "safe";

/** The staged test of a connection, and its settings. */
export function useConnection(name: string) {
  const client = useQueryClient();
  const [stages, setStages] = useState<StageView[]>([]);
  const [testing, setTesting] = useState(false);
  const [tested, setTested] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<CallError | null>(null);
  const [about, setAbout] = useState<Part>("page");
  const [recycled, setRecycled] = useState(false);
  const runId = useRef<string | null>(null);

  // Leaving the page stops its test.
  useEffect(
    () => () => {
      if (runId.current) calls.stopRun(runId.current).catch(() => undefined);
    },
    [],
  );

  const test = async () => {
    const id = crypto.randomUUID();
    runId.current = id;
    setStages([]);
    setTested(false);
    setError(null);
    setAbout("page");
    setTesting(true);
    const mine = () => runId.current === id;
    try {
      const all = await calls.testConnection(id, name, channel<StageView>((stage) => mine() && setStages((before) => [...before.filter((one) => one.stage !== stage.stage), stage])));
      if (mine()) {
        setStages(all);
        setTested(true);
      }
    } catch (thrown) {
      if (mine()) setError(CallError.from(thrown));
    } finally {
      if (mine()) runId.current = null;
      setTesting(false);
    }
  };

  const change = async (part: Part, work: () => ReturnType<typeof calls.allow>): Promise<boolean> => {
    setBusy(true);
    setError(null);
    setAbout(part);
    try {
      replaceConnection(client, await work());
      return true;
    } catch (thrown) {
      setError(CallError.from(thrown));
      return false;
    } finally {
      setBusy(false);
    }
  };

  const recycle = async () => {
    setBusy(true);
    setError(null);
    setAbout("page");
    try {
      await calls.recycleContainer(name);
      setRecycled(true);
    } catch (thrown) {
      setError(CallError.from(thrown));
    } finally {
      setBusy(false);
    }
  };

  return {
    stages, testing, tested, busy, recycled,
    errorOf: (part: Part) => (part === about ? error : null),
    test: () => void test(),
    stop: () => {
      if (runId.current) calls.stopRun(runId.current).catch((thrown: unknown) => setError(CallError.from(thrown)));
    },
    setEnvironment: (environment: Environment, readOnly: boolean) => void change("page", () => calls.setEnvironment(name, environment, readOnly)),
    setRuntime: (runtime: Runtime) => void change("page", () => calls.setRuntime(name, runtime)),
    recycle: () => void recycle(),
    allow: (endpoint: string) => change("allowed", () => calls.allow(name, endpoint)),
    disallow: (endpoint: string) => change("allowed", () => calls.disallow(name, endpoint)),
    addSafe: (request: string) => change("safe", () => calls.addSafeRequest(name, request)),
    removeSafe: (request: string) => change("safe", () => calls.removeSafeRequest(name, request)),
  };
}
