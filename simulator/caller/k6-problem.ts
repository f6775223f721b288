/** Something the user can put right: what was looked at, what belongs there, what was found. */
export interface K6Problem {
  readonly where: string;
  readonly expected: string;
  readonly got: string;
}
