/** One file, so that all scenarios of faults share one system: it has servers of its own and eight processes to start. */
import './outages.ts';
import './processes.ts';
import './campaign/campaign-scenarios.ts';
