/** A scenario: a story that takes its time and is told once, where a workload is the same request again and again. */
import type { RunningServer } from '../processes.js';

/** What was measured, and how much it may be. */
export interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: 'ms' | 'MB' | 's' | 'CPU ms';
  readonly ceiling?: number;
}

/** A server that can be ended and started again on what it has stored. */
export interface Restartable extends RunningServer {
  readonly restart: () => Promise<void>;
}

export interface Stage {
  readonly server: Restartable;
  /** Of the collections that are there. */
  readonly size: number;
  readonly say: (text: string) => void;
}

export interface Scenario {
  /** What `--only` calls it. */
  readonly name: string;
  readonly title: string;
  /** @throws WrongAnswerError */
  readonly run: (stage: Stage) => Promise<readonly Figure[]>;
}

export interface ScenarioResult extends Pick<Scenario, 'name' | 'title'> {
  readonly size: number;
  readonly accounts: number;
  readonly figures: readonly Figure[];
}
