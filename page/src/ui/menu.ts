import type { Order } from "../lib/types";
import type { IconName } from "./icons";

export interface MenuItem {
  label: string;
  icon?: IconName;
  danger?: boolean;
  disabled?: boolean;
  /** What it orders: its price is shown. Null while that is not known yet. */
  order?: Order | null;
  run: () => void;
}
