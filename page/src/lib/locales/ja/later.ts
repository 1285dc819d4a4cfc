import gallery from "./gallery";
import settings from "./settings";

export default { ...settings, ...gallery };
