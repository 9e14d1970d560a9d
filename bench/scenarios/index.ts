/** What is measured once, beside the workloads. */
import { importing } from './import.js';
import { initialSync } from './initial-sync.js';
import type { Scenario } from './scenario.js';

export const scenarios: readonly Scenario[] = [initialSync, importing];
export type { Figure, Restartable, Scenario, ScenarioResult } from './scenario.js';
