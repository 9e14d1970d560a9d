/** Thrown when a computation has used up its budget; what was yielded until then is right, only not complete. */
export class BudgetExceeded extends Error {
  constructor() {
    super('The recurrence rule takes more work than one object may take.');
    this.name = 'BudgetExceeded';
  }
}

/** How many steps pass between two looks at the clock. */
const stepsPerLook = 1024;

/**
 * What one object's recurrences may cost: steps (a step is about 10 to 100 ns) and milliseconds of wall clock, both
 * checked inside the loops. One budget is shared by everything that is computed for one object.
 */
export class Budget {
  private readonly deadline: number;
  private untilLook = stepsPerLook;

  constructor(
    private steps = 2_000_000,
    milliseconds = 40,
  ) {
    this.deadline = performance.now() + milliseconds;
  }

  /** @throws BudgetExceeded when nothing is left. */
  spend(steps = 1): void {
    this.steps -= steps;
    this.untilLook -= steps;
    if (this.steps < 0) throw new BudgetExceeded();
    if (this.untilLook > 0) return;
    this.untilLook = stepsPerLook;
    if (performance.now() > this.deadline) throw new BudgetExceeded();
  }
}
