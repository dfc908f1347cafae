"""An ABB IRC5 controller that is not there: for testing software that talks to one.

::

    web services  (server, resources, sessions, subscriptions, answers)
         │ asks
    controller    (controller, event_log, signals)  ◄── faults: what people and chance do
         │ runs
    interpreter   (program_file, motion_planner, egm)
         │ moves
    mechanics     an arm and a gripper: kinematic, or those of the simulated cell
"""
