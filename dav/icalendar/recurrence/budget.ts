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
 * What one walk through an object's recurrences may cost, checked inside the loops. Steps (20 to 50 ns each, measured) are
 * what usually counts, so that the same object gives the same answer each time; the clocks are there for when steps are
 * slower than that. Both the wall clock and the process' CPU time must have passed the mark: the one alone runs on while
 * other processes have the machine, the other while other threads work.
 */
export class Budget {
  private readonly deadline: number;
  private cpuAtFirstLook: number | null = null;
  private untilLook = stepsPerLook;

  constructor(
    private steps = 600_000,
    private readonly milliseconds = 40,
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
    this.cpuAtFirstLook ??= cpuMilliseconds();
    if (performance.now() < this.deadline) return;
    if (cpuMilliseconds() - this.cpuAtFirstLook > this.milliseconds) throw new BudgetExceeded();
  }
}

function cpuMilliseconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
