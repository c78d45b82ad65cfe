import { viewFaults, type Fault, type FaultView } from './faults';
import { viewPanel, type PanelView } from './panels';
import { viewPayments, type PaymentsView } from './payments';
import type { StandIn } from './standIn';
import type { ProcessState, Supervisor } from './supervisor';
import type { WorkflowLens } from './workflows';

/** Everything on the page beside the chat. */
export interface OverviewView {
  readonly panels: readonly PanelView[];
  readonly payments: PaymentsView;
  readonly faults: readonly FaultView[];
  readonly processes: { readonly connected: boolean; readonly list: readonly ProcessState[] };
}

export interface OverviewSources {
  readonly yookassa: StandIn;
  readonly panels: readonly { readonly name: string; readonly standIn: StandIn }[];
  readonly faults: readonly Fault[];
  readonly workflows: WorkflowLens;
  readonly supervisor: Supervisor;
}

const EVERY_MS = 1000;

/**
 * Reads all sources once a second while a page is open, and sends changes to the open pages. One read serves them all.
 */
export class Overview {
  readonly #sources: OverviewSources;
  readonly #watchers = new Set<(json: string) => void>();
  #last = '';
  #timer: NodeJS.Timeout | undefined;
  #looking = false;
  #again = false;

  constructor(sources: OverviewSources) {
    this.#sources = sources;
    sources.supervisor.onChange(() => this.look());
  }

  /**
   * Calls `watcher` with the JSON of an {@link OverviewView} now and on every change.
   * @returns a function that ends it
   */
  watch(watcher: (json: string) => void): () => void {
    this.#watchers.add(watcher);
    if (this.#last !== '') watcher(this.#last);
    this.look();
    return () => this.#watchers.delete(watcher);
  }

  /** Reads now instead of at the next second, for changes that are known to have happened. */
  look(): void {
    if (this.#watchers.size === 0) return;
    if (this.#looking) {
      this.#again = true;
      return;
    }
    clearTimeout(this.#timer);
    this.#looking = true;
    void this.#view().then((view) => {
      const json = JSON.stringify(view);
      if (json !== this.#last) {
        this.#last = json;
        for (const watcher of this.#watchers) watcher(json);
      }
      this.#looking = false;
      if (this.#again) {
        this.#again = false;
        this.look();
      } else {
        this.#timer = setTimeout(() => this.look(), EVERY_MS);
      }
    });
  }

  close(): void {
    this.#watchers.clear();
    clearTimeout(this.#timer);
  }

  async #view(): Promise<OverviewView> {
    const { yookassa, panels, faults, workflows, supervisor } = this.#sources;
    const [panelViews, payments, faultViews] = await Promise.all([
      Promise.all(panels.map(({ name, standIn }) => viewPanel(name, standIn))),
      viewPayments(yookassa, workflows),
      viewFaults(faults),
    ]);
    return {
      panels: panelViews,
      payments,
      faults: faultViews,
      processes: { connected: supervisor.connected, list: supervisor.states() },
    };
  }
}
