"""Calls of Python that deployment is made of, as patterns of their names."""

from __future__ import annotations

#: Calls that put a model or an image to work on a platform.
DEPLOY_CALLS = (
    *("*.create_endpoint", "*.update_endpoint", "*.online_deployments.begin_create_or_update"),
    *("*.online_endpoints.begin_create_or_update", "*.batch_deployments.begin_create_or_update"),
    *("sagemaker.*.deploy", "*.update_function_code", "*.patch_namespaced_deployment"),
    *("google.cloud.aiplatform.*.deploy", "*.create_namespaced_deployment", "mlflow.deployments.*"),
    *("docker.from_env", "*.update_service", "modal.*.deploy"),
)
#: Calls that say which version an alias, a stage or an approval points to.
MOVES_ALIAS = (
    *("*.set_registered_model_alias", "*.transition_model_version_stage", "*.update_model_package"),
    *("*.delete_registered_model_alias", "*.link_model", "*.link_artifact", "*.begin_update_traffic"),
    *("*.set_alias", "*.update_alias", "*.update_traffic", "*.merge_version_aliases"),
    "*.models.create_or_update",  # Azure ML has no alias: tags of a version say what it is for
)
#: Calls that ask a service over the network.
ASKS = (
    *("requests.*", "httpx.*", "urllib.request.*", "urllib3.*", "http.client.*", "aiohttp.ClientSession"),
    *("tritonclient.*", "grpc.insecure_channel", "*.invoke_endpoint", "*.online_endpoints.invoke"),
)
#: Calls that read a model that was saved or registered.
LOADS = (
    *("*.load_model", "joblib.load", "pickle.load", "pickle.loads", "cloudpickle.load", "dill.load"),
    *("skops.io.load", "torch.load", "torch.jit.load", "onnxruntime.InferenceSession", "*.from_pretrained"),
    *("*.load_from_checkpoint", "xgboost.Booster", "lightgbm.Booster", "spacy.load", "bentoml.*.get"),
    *("mlflow.artifacts.download_artifacts", "*.use_model", "*.load_weights", "safetensors.*.load_file"),
    *("transformers.pipeline", "*.use_artifact", "fasttext.load_model"),
)
#: Calls that ask a model, or a model's service, for an answer.
PREDICTS = (
    *("*.predict", "*.predict_proba", "*.predict_batch", "*.decision_function", "*.inference_mode"),
    *(
        "torch.no_grad",
        "*.generate",
        "*.completions.create",
        "*.messages.create",
        "*.responses.create",
        "*Completion.create",
    ),
    *("*.invoke", "*.ainvoke", "*.run_inference", "*.transform", "transformers.pipeline", "*.apredict"),
)
