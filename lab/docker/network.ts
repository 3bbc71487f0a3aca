/** A network of a scenario: its containers find each other by name, and nobody else. */
export interface LabNetwork {
  /** The engine's name. */
  name: string;
  /** The engine's id. */
  id: string;
}

/** A volume of a scenario, which everybody may write to. */
export interface LabVolume {
  /** The engine's name. */
  volume: string;
}
