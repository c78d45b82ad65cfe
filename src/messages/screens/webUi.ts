/** Addresses of workflows in the Temporal Web UI, for operators. */

export interface TemporalUi {
  /** Base address, without a slash at its end. */
  readonly url: string;
  readonly namespace: string;
}

/** @returns `undefined` when no Web UI is configured; buttons to it are left out then */
export function temporalUiOf(settings: {
  readonly TEMPORAL_UI_URL?: string | undefined;
  readonly TEMPORAL_NAMESPACE: string;
}): TemporalUi | undefined {
  return settings.TEMPORAL_UI_URL === undefined
    ? undefined
    : { url: settings.TEMPORAL_UI_URL, namespace: settings.TEMPORAL_NAMESPACE };
}

const workflows = ({ url, namespace }: TemporalUi): string =>
  `${url}/namespaces/${encodeURIComponent(namespace)}/workflows`;

/** The page of one workflow, its newest run. */
export function workflowPage(ui: TemporalUi | undefined, workflowId: string): string | undefined {
  return ui && `${workflows(ui)}/${encodeURIComponent(workflowId)}`;
}

/** The list of all workflows that match a query in Temporal's list filter language. */
export function workflowSearch(ui: TemporalUi | undefined, query: string): string | undefined {
  return ui && `${workflows(ui)}?query=${encodeURIComponent(query)}`;
}
