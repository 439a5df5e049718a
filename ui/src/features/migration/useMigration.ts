import { useMutation, useQueryClient } from "@tanstack/react-query";
import { CallError, calls, type CountsView } from "../../ipc/client";
import { keys, useCounts } from "../../ipc/queries";

/** Live counts of a connection, and the order to ask the legacy store again. */
export function useMigration(connection: string) {
  const client = useQueryClient();
  const counts = useCounts(connection, true);
  const recount = useMutation<CountsView, CallError, string>({
    mutationFn: (name) => calls.counts(name, true),
    onSuccess: (fresh) => client.setQueryData(keys.counts(connection), fresh),
  });
  const thrown = recount.error ?? counts.error;
  return {
    counts: counts.data,
    error: thrown ? CallError.from(thrown) : null,
    recount: () => recount.mutate(connection),
    recounting: recount.isPending,
  };
}
