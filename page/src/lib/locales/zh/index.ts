import type { FirstMessages } from "../en";
import common from "./common";
import create from "./create";
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
  ...tools,
} satisfies FirstMessages;
