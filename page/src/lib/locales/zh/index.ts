import type { FirstMessages } from "../en";
import common from "./common";
import create from "./create";
import gallery from "./gallery";
import parts from "./parts";
import problems from "./problems";
import queue from "./queue";
import viewer from "./viewer";
import tools from "./tools";

export default {
  ...common,
  ...problems,
  ...create,
  ...parts,
  ...viewer,
  ...queue,
  ...gallery,
  ...tools,
} satisfies FirstMessages;
