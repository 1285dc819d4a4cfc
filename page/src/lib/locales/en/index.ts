import common from "./common";
import create from "./create";
import parts from "./parts";
import problems from "./problems";
import queue from "./queue";
import type later from "./later";
import viewer from "./viewer";
import tools from "./tools";

const messages = {
  ...common,
  ...problems,
  ...create,
  ...parts,
  ...viewer,
  ...queue,
  ...tools,
};

/** What every visit reads. */
export type FirstMessages = Record<keyof typeof messages, string>;

/** What is read in the settings, in the gallery and to log in. */
export type LaterMessages = Record<keyof typeof later, string>;

export type Messages = FirstMessages & LaterMessages;

export type MessageKey = keyof Messages;

export default messages satisfies FirstMessages;
